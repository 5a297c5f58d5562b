import type { FeatureExtractor, Pixels } from './feature-extractor.port.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';

/**
 * Pictures a second that an extractor manages with `lanes` calls of `batch` pictures under way at any
 * time, over the given milliseconds and one call a lane at least.
 */
export async function throughput(
  extractor: FeatureExtractor,
  pictures: readonly Pixels[],
  { lanes, batch, milliseconds }: { lanes: number; batch: number; milliseconds: number },
): Promise<number> {
  const calls = pictures.slice(0, batch);
  const startedAt = performance.now();
  let done = 0;
  const lane = async () => {
    do {
      await extractor.extract(calls);
      done += calls.length;
    } while (performance.now() - startedAt < milliseconds);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return (done * 1000) / Math.max(performance.now() - startedAt, 1e-3);
}

/** Pictures for a trial: grey noise, always the same; how fast a network is does not depend on what it sees. */
export function trialPictures({ preprocessing: { crop } }: ModelManifest, count: number): Pixels[] {
  let state = 1;
  const picture = new Uint8Array(3 * crop * crop).map(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  return Array.from({ length: count }, () => picture);
}
