import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Pixels } from '../networks/feature-extractor.port.ts';
import type { PreprocessingSpec } from '../catalogue/model-manifest.ts';
import { preprocess } from '../preprocessing/preprocess.ts';

/** The package's own pictures. The path is the same from `src/embeddings/registry` and `dist/embeddings/registry`. */
const SAMPLES = new URL('../../../samples/stamps/images/', import.meta.url);
const LIMITS = { maxPixels: 50_000_000 };

/** Two photographs of different subjects, prepared for a network. */
export async function samplePictures(spec: PreprocessingSpec): Promise<readonly [Pixels, Pixels]> {
  const picture = async (name: string) =>
    preprocess(await readFile(fileURLToPath(new URL(name, SAMPLES))), spec, LIMITS);
  return [await picture('fruit-kiwi.jpg'), await picture('bird-owl.jpg')];
}
