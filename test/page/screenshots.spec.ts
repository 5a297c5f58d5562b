import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { describeInBrowser } from './describe-in-browser.ts';
import { type NewPicture, putPictures } from './put-pictures.ts';

const LARGEST_BYTES = 200_000;
const VIEWPORT = { width: 1280, height: 800 };
const FLAGS = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'];
const images = fileURLToPath(new URL('../../docs/images', import.meta.url));
const samples = fileURLToPath(new URL('../../samples/stamps/images', import.meta.url));
const QUERY = 'flower-red-gazania.jpg';
const COPIED = ['flower-daffodil.jpg', 'mammal-camel.jpg', 'bird-peacock.jpg'];

/** The pictures of the documents. `npm run docs:screenshots` writes them; the tests check that they can be made. */
describeInBrowser('screenshots', { samples: true, flags: FLAGS }, (context) => {
  let query: string;

  beforeAll(async () => {
    const { stack } = context;
    const found = await stack.query<{ images: { nodes: { id: string; fileName: string }[] } }>(
      '{ images(dataset: "stamps", first: 100) { nodes { id fileName } } }',
    );
    query = found.images.nodes.find(({ fileName }) => fileName === QUERY)!.id;
    const { buildMap } = await stack.query<{ buildMap: { id: string } }>(
      'mutation { buildMap(dataset: "stamps") { id } }',
    );
    await stack.jobEnd(buildMap.id);
  });

  /** Only this picture shows the dataset with copies, so it is the last one. */
  const duplicates = async () => {
    await putPictures(context.stack, 'shop', (await Promise.all(COPIED.map(copiesOf))).flat());
    return '/duplicates?in=shop';
  };

  it.each([
    { file: 'search', path: () => `/?like=${query}`, isReady: hitsShown, theme: 'light' },
    { file: 'search-dark', path: () => `/?like=${query}`, isReady: hitsShown, theme: 'dark' },
    { file: 'hit', path: () => `/?like=${query}&hit=3`, isReady: hitOpen, theme: 'light' },
    { file: 'why', path: () => `/?like=${query}&hit=3`, isReady: whyShown, theme: 'light' },
    { file: 'catalogue', path: () => '/catalogue/stamps', isReady: imagesShown, theme: 'light' },
    { file: 'map', path: () => '/map?in=stamps', isReady: mapShown, theme: 'light' },
    { file: 'duplicates', path: duplicates, isReady: groupShown, theme: 'light' },
  ] as const)('show $file', async ({ file, path, isReady, theme }) => {
    const { page } = await context.visit(await path(), {
      viewport: VIEWPORT,
      colorScheme: theme,
      reducedMotion: 'reduce',
    });
    await isReady(page);
    await page.waitForLoadState('networkidle');
    await allPicturesLoaded(page);
    const picture = await sharp(await page.screenshot())
      .png({ palette: true, quality: 90, effort: 10 })
      .toBuffer();
    expect(picture.length).toBeLessThanOrEqual(LARGEST_BYTES);
    const target = join(images, `${file}.png`);
    if (process.env.WRITE_SCREENSHOTS !== undefined) await writeFile(target, picture);
    const { width, height } = await sharp(await readFile(target)).metadata();
    expect({ width, height }).toEqual(VIEWPORT);
  });
});

async function hitsShown(page: Page): Promise<void> {
  await page.getByRole('list', { name: 'Hits' }).getByRole('link').nth(5).waitFor();
}

async function hitOpen(page: Page): Promise<void> {
  await page
    .getByRole('dialog')
    .getByRole('img', { name: /^Hit 3:/ })
    .waitFor();
}

async function whyShown(page: Page): Promise<void> {
  await page.getByText(/^Why\?/).click();
  await page.getByText(/^The score of/).waitFor();
}

async function imagesShown(page: Page): Promise<void> {
  await page.locator('[data-index="5"] img').waitFor();
}

async function groupShown(page: Page): Promise<void> {
  await page.getByRole('region', { name: /^Group 1 of / }).waitFor();
}

async function mapShown(page: Page): Promise<void> {
  await page.locator('[data-ready="true"] canvas').waitFor();
  await page.waitForFunction(() => {
    const canvas = document.querySelector('canvas')!;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, at) => at % 4 === 3 && value > 0);
  });
}

/** Pictures below the edge of the window are loaded when they come near, so only what is in the window counts. */
async function allPicturesLoaded(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.images]
      .filter((image) => image.getBoundingClientRect().top < window.innerHeight)
      .every((image) => image.complete && image.naturalWidth > 0),
  );
}

/** A picture at twice its size, as it is, and small in another format. */
async function copiesOf(file: string): Promise<NewPicture[]> {
  const bytes = await readFile(join(samples, file));
  const { width } = await sharp(bytes).metadata();
  const name = file.replace('.jpg', '');
  return [
    { name, bytes, labels: ['catalogue'] },
    {
      name: `${name}-large`,
      bytes: await sharp(bytes)
        .resize(2 * width)
        .jpeg({ quality: 92 })
        .toBuffer(),
      labels: ['print'],
    },
    { name: `${name}-thumb`, bytes: await sharp(bytes).resize(240).webp().toBuffer() },
  ];
}
