import { FeatureExtractor, type Pixels } from '../../src/embeddings/networks/feature-extractor.port.ts';
import type { ModelManifest } from '../../src/embeddings/catalogue/model-manifest.ts';

/** Cells along each side of the picture. */
export const FAKE_CELLS = 4;

/** The network that the fake imitates: pictures of 32 × 32 pixels, embeddings of 48 numbers. */
export const fakeManifest: ModelManifest = {
  id: 'fake',
  revision: '1',
  precision: 'float32',
  format: 'onnx',
  file: 'fake.onnx',
  sha256: '0'.repeat(64),
  bytes: 1,
  input: 'input',
  output: 'embedding',
  dimension: FAKE_CELLS * FAKE_CELLS * 3,
  preprocessing: { resize: 36, crop: 32, mean: [127, 127, 127], std: [128, 128, 128], layout: 'NCHW' },
  licence: 'Apache-2.0',
  source: 'test/fakes',
};

/**
 * Deterministic and cheap: gives the mean colour of each cell of a 4 × 4 grid, so that pictures with
 * similar colours in similar places are close. Counts its pictures.
 */
export class FakeFeatureExtractor extends FeatureExtractor {
  readonly dimension = fakeManifest.dimension;
  readonly capacity: number;

  /** Pictures processed so far. */
  extracted = 0;
  /** The most pictures that were in progress at once. */
  mostAtOnce = 0;
  opened = false;
  closed = false;
  /** Awaited by every call, to make the network slow or fail. */
  before: (pictures: readonly Pixels[]) => Promise<void> = () => Promise.resolve();

  private underWay = 0;

  constructor(options: { readonly capacity?: number } = {}) {
    super();
    this.capacity = options.capacity ?? 8;
  }

  async loadNetwork(): Promise<void> {
    this.opened = true;
  }

  async extractFeatures(pictures: readonly Pixels[]): Promise<Float32Array[]> {
    this.underWay += pictures.length;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.underWay);
    try {
      await this.before(pictures);
      this.extracted += pictures.length;
      return pictures.map(coloursOf);
    } finally {
      this.underWay -= pictures.length;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** The mean of each channel in each cell, 0.01 to 1.01, so that black has a direction, too. */
export function coloursOf(pixels: Pixels): Float32Array {
  const side = Math.sqrt(pixels.length / 3);
  const sums = new Float64Array(FAKE_CELLS * FAKE_CELLS * 3);
  const counts = new Float64Array(FAKE_CELLS * FAKE_CELLS);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const cell = Math.floor((y * FAKE_CELLS) / side) * FAKE_CELLS + Math.floor((x * FAKE_CELLS) / side);
      counts[cell]! += 1;
      for (let channel = 0; channel < 3; channel += 1) {
        sums[cell * 3 + channel]! += pixels[(y * side + x) * 3 + channel]!;
      }
    }
  }
  return Float32Array.from(sums, (sum, at) => sum / counts[Math.floor(at / 3)]! / 255 + 0.01);
}
