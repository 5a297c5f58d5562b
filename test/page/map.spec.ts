import { beforeEach, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { overflowOf, seriousFindings } from './check-page.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { clusteredMap, writeMapFile } from './map-file.ts';
import { standInForMap, type StandInMap } from './stand-in-map.ts';

const IMAGES = 100;
const TABS = ['Labels', 'Wrong labels', 'Outliers', 'Selected'];
const FLAGS = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'];

interface Dataset {
  id: string;
  labels: { key: string; name: string }[];
}

describeInBrowser('the map', { samples: true, flags: FLAGS }, (context) => {
  let state: StandInMap;
  let dataset: Dataset;

  beforeEach(async () => {
    const answer = await context.stack.query<{
      dataset: { id: string; labels: { nodes: Dataset['labels'] } };
    }>('{ dataset(name: "stamps") { id labels { nodes { key name } } } }');
    dataset = { id: answer.dataset.id, labels: answer.dataset.labels.nodes };
    const [label] = dataset.labels;
    state = {
      map: { stale: false, imageCount: IMAGES },
      file: writeMapFile({ ...clusteredMap(IMAGES, 5), labels: dataset.labels.slice(0, 5) }),
      outliers: [
        { id: 'Image:12', score: 0.11 },
        { id: 'Image:40', score: 0.2 },
      ],
      suspects: [
        { id: 'Image:70', label: label!, agreement: 0.9 },
        { id: 'Image:71', label: label!, agreement: 0.8 },
      ],
    };
  });

  const open = async (path = '/map?in=stamps', options: { width?: number; isCalm?: boolean } = {}) => {
    const visit = await context.visit('/', {
      viewport: { width: options.width ?? 1280, height: 800 },
      reducedMotion: options.isCalm ? 'reduce' : 'no-preference',
    });
    await standInForMap(visit.page, context.stack.url, state);
    await visit.page.goto(context.stack.url + path);
    return visit;
  };
  /** A job that has just been requested. */
  const queued = () => ({
    __typename: 'Job',
    id: 'Job:999999',
    kind: 'BUILD_MAP',
    datasetId: dataset.id,
    state: 'QUEUED',
    progress: 0,
    done: 0,
    total: null,
    secondsLeft: null,
    error: null,
  });
  const ready = (page: Page) => page.locator('[data-ready="true"] canvas').waitFor();
  /** The middle of the map, where the first point is that belongs to the first label. */
  const middle = async (page: Page) => {
    const { x, y, width, height } = (await page.getByRole('img', { name: /^Map of/ }).boundingBox())!;
    return { x: x + width / 2, y: y + height / 2, width, height };
  };
  /** How many pixels of the map are painted: 0 before the points are drawn. */
  const painted = (page: Page) =>
    page.evaluate(() => {
      const canvas = document.querySelector('canvas')!;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return data.reduce((pixels, value, at) => (at % 4 === 3 && value > 0 ? pixels + 1 : pixels), 0);
    });
  const paintedUntil = async (page: Page, isEnough: (pixels: number) => boolean) => {
    while (!isEnough(await painted(page))) await page.waitForTimeout(100);
  };
  const labelButton = (page: Page, at: number) =>
    page.getByRole('button', { name: dataset.labels[at]!.name, exact: true });

  it('asks for a dataset if there is none of the name in the address', async () => {
    const { page } = await open('/map?in=nope');
    await page.getByRole('button', { name: /Choose a dataset/ }).waitFor();
  });

  it('is drawn and coloured by label, with a legend that filters', async () => {
    const { page } = await open();
    await ready(page);
    await paintedUntil(page, (pixels) => pixels > 1_000);
    const all = await painted(page);
    expect(await page.getByRole('table').getByRole('row').count()).toBe(6);
    await labelButton(page, 0).click();
    await page.getByText('1 label shown, of 5').waitFor();
    await paintedUntil(page, (pixels) => pixels > 0 && pixels < all / 3);
    await page.getByRole('button', { name: 'Show all', exact: true }).click();
    await paintedUntil(page, (pixels) => pixels > all * 0.9);
  });

  it('has a colour for each label when the reader prefers less motion', async () => {
    const { page } = await open('/map?in=stamps', { isCalm: true });
    await ready(page);
    await paintedUntil(page, (pixels) => pixels > 1_000);
    const shades = await page.evaluate(() => {
      const canvas = document.querySelector('canvas')!;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      const counts = new Map<string, number>();
      for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3]! < 200) continue;
        const shade = [data[at]! >> 5, data[at + 1]! >> 5, data[at + 2]! >> 5].join(' ');
        counts.set(shade, (counts.get(shade) ?? 0) + 1);
      }
      return [...counts.values()].filter((pixels) => pixels > 100).length;
    });
    expect(shades).toBeGreaterThanOrEqual(5);
  });

  it('shows the picture below the pointer, and searches with a click', async () => {
    const { page } = await open();
    await ready(page);
    await paintedUntil(page, (pixels) => pixels > 1_000);
    const { x, y } = await middle(page);
    const hovered = page.locator('[data-hover]');
    // The first cluster is around the middle: somewhere on a spiral from there is a point.
    for (let step = 0; (await hovered.count()) === 0 && step < 400; step += 1) {
      const [away, turn] = [4 * Math.sqrt(step), 2.4 * step];
      await page.mouse.move(x + away * Math.cos(turn), y + away * Math.sin(turn));
    }
    await hovered.locator('img').waitFor();
    const id = await hovered.getAttribute('data-hover');
    await page.mouse.down();
    await page.mouse.up();
    await page.waitForURL((url) => url.pathname === '/' && url.searchParams.get('like') === id);
    await page.getByRole('list', { name: 'Hits' }).getByRole('link').first().waitFor();
  });

  it('selects with the lasso, and searches by what is selected', async () => {
    const { page } = await open();
    await ready(page);
    await paintedUntil(page, (pixels) => pixels > 1_000);
    await page.getByRole('button', { name: 'Select with the lasso' }).click();
    const { x, y, width, height } = await middle(page);
    const [right, down] = [width * 0.48, height * 0.48];
    await page.mouse.move(x - right, y - down * 0.7);
    await page.mouse.down();
    for (const [across, along] of [
      [1, -0.7],
      [1, 1],
      [-1, 1],
      [-1, -0.7],
    ] as const) {
      await page.mouse.move(x + right * across, y + down * along, { steps: 8 });
    }
    await page.mouse.up();
    await page.getByRole('tab', { name: /^Selected/, selected: true }).waitFor();
    const listed = page.getByRole('list', { name: 'Selected images' }).getByRole('link');
    expect(await listed.count()).toBeGreaterThan(50);
    expect(await listed.first().getAttribute('href')).toMatch(/^\/catalogue\/stamps\?image=Image:\d+$/);
    await page.getByRole('link', { name: 'Search by 20 of them' }).click();
    await page.waitForURL((url) => url.searchParams.getAll('like').length === 20);
    await page.getByRole('list', { name: 'Hits' }).getByRole('link').first().waitFor();
  });

  it('is built when there is none, and then found again by everyone', async () => {
    const { page } = await context.visit('/map?in=stamps');
    await page.getByRole('heading', { name: 'There is no map yet' }).waitFor();
    await page.getByRole('button', { name: 'Build the map' }).click();
    await page.getByText('The map is ready').waitFor();
    await ready(page);
    await paintedUntil(page, (pixels) => pixels > 1_000);
    expect(await page.getByRole('table').getByRole('row').count()).toBe(1 + dataset.labels.length);
    await page.getByRole('tab', { name: 'Outliers' }).click();
    await page.getByText('likeness to its neighbours').first().waitFor();
    await page.getByRole('tab', { name: 'Wrong labels' }).click();
    await page
      .getByText(/of its neighbours are|Labels and looks agree/)
      .first()
      .waitFor();
    await page.reload();
    await ready(page);
  });

  it('shows how far it is while it is built', async () => {
    state.map = null;
    state.onBuild = () => queued();
    const { page } = await open();
    await page.getByRole('button', { name: 'Build the map' }).click();
    await page.getByRole('heading', { name: 'The map is being built' }).waitFor();
    await page.getByRole('progressbar', { name: 'Arranging the pictures' }).waitFor();
  });

  it('offers to build it again when the catalogue has changed', async () => {
    state.map = { stale: true, imageCount: IMAGES };
    state.onBuild = () => queued();
    const { page } = await open();
    await page.getByText('The catalogue has changed since this map was made').waitFor();
    await page.getByRole('button', { name: 'Build it again' }).click();
    await page.getByRole('progressbar').waitFor();
  });

  it('lists outliers, and shows where they are', async () => {
    const { page } = await open('/map?in=stamps&show=outliers');
    await ready(page);
    await page.getByText('likeness to its neighbours 0.11').waitFor();
    const rows = page.getByRole('tabpanel').getByRole('listitem');
    expect(await rows.count()).toBe(2);
    await rows
      .first()
      .getByRole('button', { name: /on the map$/ })
      .click();
    await rows
      .first()
      .getByRole('link', { name: /^Search for pictures like/ })
      .click();
    await page.waitForURL(/like=Image:12&/);
  });

  it('lists labels that are probably wrong, changes one with a click, and takes that back', async () => {
    const labelsOf = async (id: string) => {
      const { image } = await context.stack.query<{ image: { labels: { key: string }[] } }>(
        'query ($id: ID!) { image(id: $id) { labels { key } } }',
        { id },
      );
      return image.labels.map(({ key }) => key);
    };
    const before = await labelsOf('Image:70');
    const wanted = dataset.labels[0]!;
    expect(before).not.toContain(wanted.key);
    const { page } = await open('/map?in=stamps&show=suspects');
    const rows = page.getByRole('tabpanel').getByRole('listitem');
    await rows.first().getByText('90% of its neighbours').waitFor();
    await rows
      .first()
      .getByRole('button', { name: `Change to “${wanted.name}”` })
      .click();
    await page.getByText(`is now “${wanted.name}”`).waitFor();
    await page.waitForFunction(() => document.querySelectorAll('[role=tabpanel] li').length === 1);
    while (!(await labelsOf('Image:70')).includes(wanted.key));
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.waitForFunction(() => document.querySelectorAll('[role=tabpanel] li').length === 2);
    expect(await labelsOf('Image:70')).toEqual(before);
  });

  it('is moved by keyboard', async () => {
    const { page } = await open();
    await ready(page);
    await paintedUntil(page, (pixels) => pixels > 1_000);
    const look = () => page.evaluate(() => document.querySelector('canvas')!.toDataURL());
    await page.getByRole('img', { name: /^Map of/ }).focus();
    for (const key of ['+', 'ArrowRight', '0']) {
      const before = await look();
      await page.keyboard.press(key);
      await page.waitForFunction((was) => document.querySelector('canvas')!.toDataURL() !== was, before);
    }
  });

  it('says when the browser has no WebGL, and keeps its lists', async () => {
    const { page } = await open();
    await page.addInitScript(() => {
      const canvas = HTMLCanvasElement.prototype;
      const original = Object.getOwnPropertyDescriptor(canvas, 'getContext')!.value as (
        ...args: unknown[]
      ) => unknown;
      Object.defineProperty(canvas, 'getContext', {
        value(this: HTMLCanvasElement, kind: string, ...rest: unknown[]): unknown {
          if (kind.startsWith('webgl')) return null;
          return Reflect.apply(original, this, [kind, ...rest]);
        },
      });
    });
    await page.reload();
    await page.getByRole('heading', { name: 'This browser cannot draw the map' }).waitFor();
    expect(await page.getByRole('table').getByRole('row').count()).toBe(6);
    await page.getByRole('tab', { name: 'Outliers' }).click();
    const outlier = page.getByText('likeness to its neighbours 0.11');
    await outlier.waitFor();
    expect(await seriousFindings(page, () => outlier.waitFor())).toEqual([]);
  });

  it('says when its file cannot be read, and tries again', async () => {
    const whole = state.file;
    state.file = whole.subarray(0, 100);
    const { page } = await open();
    await page.getByRole('heading', { name: 'This map cannot be read' }).waitFor();
    state.file = whole;
    await page.getByRole('button', { name: 'Try again' }).click();
    await ready(page);
  });

  it('draws 50,000 points of 300 labels', async () => {
    state.map = { stale: false, imageCount: 50_000 };
    state.file = writeMapFile(clusteredMap(50_000, 300));
    const { page } = await open();
    await ready(page);
    await paintedUntil(page, (pixels) => pixels > 10_000);
    await page.getByRole('searchbox', { name: 'Find a label' }).fill('Label 29');
    await page.getByRole('button', { name: 'Label 299', exact: true }).click();
    await page.getByText('1 label shown, of 300').waitFor();
  });

  it.each([360, 768, 1440])('fits a window of %i pixels', async (width) => {
    const { page } = await open('/map?in=stamps', { width });
    await ready(page);
    for (const tab of TABS) {
      await page.getByRole('tab', { name: tab, exact: true }).click();
      await page.getByRole('tabpanel').locator('p, table').first().waitFor();
      expect(await overflowOf(page)).toBe(0);
    }
  });

  it.each([360, 1440])('has no serious findings in a window of %i pixels', async (width) => {
    const { page } = await open('/map?in=stamps', { width, isCalm: true });
    await ready(page);
    for (const tab of TABS) {
      await page.getByRole('tab', { name: tab, exact: true }).click();
      const isReady = () => page.getByRole('tabpanel').locator('p, table').first().waitFor();
      expect(await seriousFindings(page, isReady)).toEqual([]);
    }
  });
});
