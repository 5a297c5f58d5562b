import { mkdtemp, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from './chromium.ts';
import { built, Stack } from './stack.ts';

const samples = join(built, '..', 'samples', 'stamps');

/**
 * Imports and indexes the sample pictures once; each suite works on a copy. Their attributes are made up from the
 * names of their files: `product` groups pictures of one thing.
 */
export default async function prepareData(): Promise<void> {
  if (findChromium() === undefined) return;
  if (!existsSync(join(built, 'web', 'index.html'))) {
    throw new Error('The page has not been built. Run "npm run build" before "npm run test:page".');
  }
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-page-'));
  // What is found shall not depend on the processor and on how busy it is.
  const settings = { IMPORT_ROOTS: samples, EMBEDDING_PRECISION: 'float32' };
  const stack = await Stack.start({ settings, dataDir: folder });
  try {
    const { importDataset } = await stack.query<{ importDataset: { id: string } }>(
      `mutation ($path: String!) { importDataset(input: { dataset: "stamps", annotationsPath: $path }) { id } }`,
      { path: join(samples, 'annotations.json') },
    );
    await stack.jobEnd(importDataset.id);
    const { images } = await stack.query<{ images: { nodes: { id: string; fileName: string }[] } }>(
      '{ images(dataset: "stamps", first: 100) { nodes { id fileName } } }',
    );
    for (let from = 0; from < images.nodes.length; from += 50) {
      await stack.query(
        'mutation ($images: [UpdateImageInput!]!) { updateImages(images: $images) { results { __typename } } }',
        {
          images: images.nodes.slice(from, from + 50).map(({ id, fileName }, index) => ({
            image: { id },
            attributes: [
              { name: 'product', value: productOf(fileName) },
              { name: 'price', value: from + index + 0.5 },
              { name: 'photograph', value: !fileName.startsWith('house-') },
              { name: 'added', type: 'DATE', value: `2026-0${1 + ((from + index) % 9)}-01` },
            ],
          })),
        },
      );
    }
    const { buildIndex } = await stack.query<{ buildIndex: { id: string } }>(
      'mutation { buildIndex(input: { dataset: "stamps" }) { id } }',
    );
    await stack.jobEnd(buildIndex.id);
  } finally {
    await stack.stop();
  }
  process.env.LOOKALIKE_PAGE_DATA = folder;
  await writeFile(join(folder, 'prepared'), '');
}

/** `gnu` for `mammal-gnu-baby-stand.jpg` */
function productOf(fileName: string): string {
  return /^\w+?-([a-z]+)/i.exec(fileName)?.[1] ?? fileName;
}
