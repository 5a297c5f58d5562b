import type { ModelManifest } from '../catalogue/model-manifest.ts';
import type { FeatureExtractor, Pixels } from './feature-extractor.port.ts';

/**
 * Measures how many pictures per second an extractor processes while `lanes` calls of `batch` pictures
 * each are always in progress. Runs for the given time, but at least one call per lane.
 */
export async function measureThroughput(
  extractor: FeatureExtractor,
  pictures: readonly Pixels[],
  { lanes, batch, milliseconds }: { lanes: number; batch: number; milliseconds: number },
): Promise<number> {
  const calls = pictures.slice(0, batch);
  const startedAt = performance.now();
  let done = 0;
  const lane = async () => {
    do {
      await extractor.extractFeatures(calls);
      done += calls.length;
    } while (performance.now() - startedAt < milliseconds);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return (done * 1000) / Math.max(performance.now() - startedAt, 1e-3);
}

/** Grey noise, always the same: a network is equally fast whatever it sees. */
export function trialPictures({ preprocessing: { crop } }: ModelManifest, count: number): Pixels[] {
  let state = 1;
  const picture = new Uint8Array(3 * crop * crop).map(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  return Array.from({ length: count }, () => picture);
}
