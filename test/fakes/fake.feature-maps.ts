import type { ModelManifest } from '../../src/embeddings/catalogue/model-manifest.ts';
import type { Pixels } from '../../src/embeddings/networks/feature-extractor.port.ts';
import type { FeatureMap } from '../../src/embeddings/networks/feature-map.ts';
import {
  FeatureMapSessions,
  type FeatureMapSession,
} from '../../src/embeddings/networks/feature-maps.port.ts';
import { coloursOf, FAKE_CELLS } from './fake.feature-extractor.ts';

/**
 * The feature maps of which `FakeFeatureExtractor` gives the means: 4 × 4 cells, each of which has its own colour
 * sixteen times over at its own place among the features, and zeros at the places of the others.
 */
export class FakeFeatureMapSessions extends FeatureMapSessions {
  /** Ids of networks, in order. */
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  passes = 0;
  /** The most passes of one network at the same time. */
  mostAtOnce = 0;
  /** What opening a network fails with. */
  problem: Error | undefined;

  async openSession({ id }: ModelManifest): Promise<FeatureMapSession> {
    if (this.problem !== undefined) throw this.problem;
    this.opened.push(id);
    let atOnce = 0;
    return {
      extractMap: async (pixels) => {
        this.passes += 1;
        this.mostAtOnce = Math.max(this.mostAtOnce, ++atOnce);
        await Promise.resolve();
        atOnce -= 1;
        return mapOf(pixels);
      },
      close: async () => {
        this.closed.push(id);
      },
    };
  }
}

function mapOf(pixels: Pixels): FeatureMap {
  const features = coloursOf(pixels);
  const channels = features.length;
  const count = FAKE_CELLS * FAKE_CELLS;
  const cells = new Float32Array(count * channels);
  features.forEach((feature, channel) => {
    cells[Math.floor(channel / 3) * channels + channel] = feature * count;
  });
  return { rows: FAKE_CELLS, columns: FAKE_CELLS, channels, cells };
}
