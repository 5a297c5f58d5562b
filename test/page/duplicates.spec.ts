import { beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { blobsOf } from '../fixtures/pictures.ts';
import { overflowOf, seriousFindings } from './check-page.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { putPictures, type NewPicture } from './put-pictures.ts';

/** One large picture, a smaller copy in another format, and the same file again. */
async function copiesOf(seed: number): Promise<NewPicture[]> {
  const large = await sharp(await blobsOf(seed, 400))
    .jpeg({ quality: 92 })
    .toBuffer();
  const small = await sharp(large).resize(200).webp().toBuffer();
  return [
    { name: `small-${seed}`, bytes: small, labels: ['thumb'] },
    { name: `large-${seed}`, bytes: large, labels: ['print'] },
  ];
}

async function groupsOf(seeds: readonly number[]): Promise<NewPicture[]> {
  return (await Promise.all(seeds.map(copiesOf))).flat();
}

describeInBrowser('duplicates', {}, (context) => {
  const card = (page: Page, place: number) =>
    page.getByRole('region', { name: new RegExp(`^Group ${place} of `) });
  const open = async (dataset: string, more = '') => {
    const { page } = await context.visit(`/duplicates?in=${dataset}${more}`);
    return page;
  };
  const namesIn = async (dataset: string): Promise<string[]> => {
    const { images } = await context.stack.query<{ images: { nodes: { externalId: string }[] } }>(
      'query ($dataset: ID!) { images(dataset: $dataset, first: 100) { nodes { externalId } } }',
      { dataset },
    );
    return images.nodes.map(({ externalId }) => externalId).sort();
  };
  const decided = async (dataset: string): Promise<string[]> => {
    const { decidedDuplicates } = await context.stack.query<{
      decidedDuplicates: { nodes: { decision: string }[] };
    }>('query ($dataset: ID!) { decidedDuplicates(dataset: $dataset) { nodes { decision } } }', { dataset });
    return decidedDuplicates.nodes.map(({ decision }) => decision);
  };
  /** Asks until the service says what is expected; the test ends in time if it never does. */
  const eventually = async <Value>(ask: () => Promise<Value>, expected: Value): Promise<void> => {
    for (;;) {
      const value = await ask();
      if (JSON.stringify(value) === JSON.stringify(expected)) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };

  beforeAll(async () => {
    const { stack } = context;
    const [first] = await groupsOf([1]);
    await putPictures(stack, 'shown', [
      ...(await groupsOf([1])),
      { name: 'again-1', bytes: first!.bytes },
      ...(await groupsOf([2])),
    ]);
    await putPictures(stack, 'kept', await groupsOf([11]));
    await putPictures(stack, 'regretted', await groupsOf([12]));
    await putPictures(stack, 'different', await groupsOf([13]));
    await putPictures(stack, 'keyed', await groupsOf([21, 22, 23, 24]));
    await putPictures(stack, 'many', await groupsOf(Array.from({ length: 12 }, (_each, at) => 31 + at)));
    await putPictures(stack, 'none', [{ name: 'single', bytes: await blobsOf(99) }]);
  });

  it('stand side by side with what tells them apart, and the largest is suggested', async () => {
    const page = await open('shown');
    const group = card(page, 1);
    await group.waitFor();
    expect(await page.getByRole('region', { name: /^Group/ }).count()).toBe(2);
    const facts = await group.getByRole('listitem').allInnerTexts();
    expect(facts).toHaveLength(3);
    expect(facts[0]).toMatch(/small-1\b[^]*200 × 200[^]*WEBP[^]*thumb[^]*oldest/);
    expect(facts[1]).toMatch(/large-1\b[^]*Largest[^]*400 × 400[^]*JPEG[^]*print[^]*of 64 bits/);
    expect(facts[2]).toMatch(/again-1\b[^]*200 × 200[^]*none[^]*same file as 1/);
    const boxes = await Promise.all(
      [0, 1, 2].map((at) => group.getByRole('listitem').nth(at).locator('img').boundingBox()),
    );
    expect(new Set(boxes.map((box) => Math.round(box!.y))).size).toBe(1);
    expect(new Set(boxes.map((box) => Math.round(box!.x))).size).toBe(3);
  });

  it('leave the largest when the others are deleted', async () => {
    const page = await open('kept');
    await card(page, 1).getByRole('button', { name: 'Keep the largest' }).click();
    await page.getByText('All of them are decided').waitFor();
    await eventually(() => namesIn('kept'), ['large-11']);
  });

  it('are not deleted if that is undone in time', async () => {
    const page = await open('regretted');
    await card(page, 1).getByRole('button', { name: 'Keep only picture 1, small-12' }).click();
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await card(page, 1).waitFor();
    // What is left to delete is deleted when the view is closed.
    await page.getByRole('link', { name: 'Map' }).click();
    await page.getByRole('heading', { name: 'Map' }).waitFor();
    expect(await namesIn('regretted')).toEqual(['large-12', 'small-12']);
  });

  it('are deleted when the view is left before the time to undo is over', async () => {
    await putPictures(context.stack, 'left', await groupsOf([14]));
    const page = await open('left');
    await card(page, 1).getByRole('button', { name: 'Keep the largest' }).click();
    await page.getByText('All of them are decided').waitFor();
    await page.goto('about:blank');
    await eventually(() => namesIn('left'), ['large-14']);
  });

  it('are never asked about again once they are different, unless that is taken back', async () => {
    const page = await open('different');
    await card(page, 1).getByRole('button', { name: 'Not duplicates' }).click();
    await eventually(() => decided('different'), ['NOT_DUPLICATES']);
    await page.reload();
    await page.getByRole('heading', { name: 'No duplicates' }).waitFor();
    await page.getByRole('button', { name: 'Decided before' }).click();
    await page.getByRole('button', { name: 'Take back: small-13 and large-13' }).click();
    await page.getByText('Nothing yet.').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await card(page, 1).waitFor();
    await card(page, 1).getByRole('button', { name: 'Keep all' }).click();
    await eventually(() => decided('different'), ['KEEP_ALL']);
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await card(page, 1).waitFor();
    expect(await decided('different')).toEqual([]);
  });

  it('that were decided together are listed together, and taken back together', async () => {
    const [first, ...others] = await groupsOf([15]);
    await putPictures(context.stack, 'trio', [first!, ...others, { name: 'again-15', bytes: first!.bytes }]);
    const page = await open('trio');
    await card(page, 1).getByRole('button', { name: 'Keep all' }).click();
    await eventually(() => decided('trio'), ['KEEP_ALL', 'KEEP_ALL', 'KEEP_ALL']);
    await page.getByRole('button', { name: 'Decided before' }).click();
    const decisions = page.getByRole('list', { name: 'Decisions' }).getByRole('listitem');
    await decisions.first().waitFor();
    expect(await decisions.count()).toBe(1);
    expect(await decisions.first().innerText()).toContain('3 images, all kept');
    await page.getByRole('button', { name: /^Take back: small-15, large-15 and 1 other$/ }).click();
    await page.getByText('Nothing yet.').waitFor();
    expect(await decided('trio')).toEqual([]);
  });

  it('can be worked through by keyboard alone', async () => {
    const page = await open('keyed');
    await card(page, 1).waitFor();
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest('section')?.querySelector('a')?.textContent);
    const { keyboard } = page;
    await page.waitForFunction(() => document.activeElement?.tagName === 'SECTION');
    expect(await focused()).toBe('small-21');
    await keyboard.press('ArrowDown');
    expect(await focused()).toBe('small-22');
    await keyboard.press('ArrowRight');
    await keyboard.press('ArrowRight');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'Keep only picture 2, large-22',
    );
    await keyboard.press('k');
    await page.waitForFunction(() => document.activeElement?.querySelector('a')?.textContent === 'small-23');
    await keyboard.press('n');
    await page.waitForFunction(() => document.activeElement?.querySelector('a')?.textContent === 'small-24');
    await eventually(() => decided('keyed'), ['KEEP_ALL', 'NOT_DUPLICATES']);
    await keyboard.press('1');
    await page.waitForFunction(() => document.activeElement?.querySelector('a')?.textContent === 'small-21');
    await keyboard.press('u');
    await page.waitForFunction(() => document.activeElement?.querySelector('a')?.textContent === 'small-24');
    await keyboard.press('1');
    await page.waitForFunction(() => document.activeElement?.querySelector('a')?.textContent === 'small-21');
    await keyboard.press('Enter');
    await page.getByText('All of them are decided').waitFor();
    await eventually(
      () => namesIn('keyed'),
      ['large-21', 'large-22', 'large-23', 'small-22', 'small-23', 'small-24'],
    );
  });

  it('come page by page', async () => {
    const page = await open('many');
    await card(page, 10).waitFor();
    expect(await page.getByRole('region', { name: /^Group/ }).count()).toBe(10);
    await card(page, 1).getByRole('button', { name: 'Keep all' }).click();
    await page.getByText('11 groups to decide about').waitFor();
    await page.getByRole('button', { name: 'Show more groups' }).click();
    await card(page, 11).waitFor();
    expect(await page.getByRole('region', { name: /^Group/ }).count()).toBe(11);
    expect(await page.getByRole('button', { name: 'Show more groups' }).count()).toBe(0);
  });

  it('are chosen by likeness, label and bytes, which the address holds', async () => {
    const page = await open('shown');
    await card(page, 1).waitFor();
    await page.getByText('Identical files only').click();
    await page.waitForURL(/exact=1/);
    await page.getByText('with identical bytes').waitFor();
    expect(await page.getByRole('region', { name: /^Group/ }).count()).toBe(1);
    await page.goBack();
    await card(page, 2).waitFor();
    await page.getByRole('slider', { name: 'Likeness' }).focus();
    await page.keyboard.press('Home');
    await page.waitForURL(/distance=16/);
    await card(page, 1).waitFor();
    await page.getByRole('button', { name: /Label/ }).click();
    await page.getByRole('option', { name: 'print' }).click();
    await page.waitForURL(/label=print/);
    await page.getByRole('heading', { name: 'No duplicates' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'No duplicates' }).waitFor();
  });

  it('say so when there are none, and look further', async () => {
    const page = await open('none', '&exact=1');
    await page.getByRole('heading', { name: 'No duplicates' }).waitFor();
    await page.getByRole('button', { name: 'Look for pictures that look the same' }).click();
    await page.getByRole('button', { name: 'Allow larger differences' }).click();
    await page.waitForURL(/distance=16/);
    await page.getByRole('heading', { name: 'No duplicates' }).waitFor();
    expect(await page.getByRole('button', { name: 'Allow larger differences' }).count()).toBe(0);
  });

  it('wait while the pictures are compared, and can be asked for again after an error', async () => {
    const visit = await context.visit('/');
    visit.allow(/status of 50[03]/);
    const { page } = visit;
    const answers = [
      { status: 503, code: 'DUPLICATES_UNAVAILABLE', message: 'Still comparing.', done: 30, total: 120 },
      { status: 500, code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error' },
    ];
    await page.route('**/graphql', async (route) => {
      const isAsked = (route.request().postData() ?? '').includes('query Duplicates(');
      const answer = isAsked ? answers.shift() : undefined;
      if (answer === undefined) return route.continue();
      const { status, message, ...extensions } = answer;
      return route.fulfill({ status, json: { errors: [{ message, extensions }] } });
    });
    await page.goto(`${context.stack.url}/duplicates?in=shown`);
    await page.getByText('30 of 120 read').waitFor();
    await page.getByText('Something unexpected went wrong').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await card(page, 1).waitFor();
  });

  it.each([360, 768, 1440])(
    'fit a window of %i pixels, without serious findings in both themes',
    async (width) => {
      const { page } = await context.visit('/duplicates?in=shown', {
        viewport: { width, height: 800 },
        reducedMotion: 'reduce',
      });
      await card(page, 2).waitFor();
      expect(await overflowOf(page)).toBe(0);
      expect(await seriousFindings(page, () => card(page, 2).waitFor())).toEqual([]);
      await page.goto(`${context.stack.url}/duplicates?in=none`);
      const none = page.getByRole('heading', { name: 'No duplicates' });
      expect(await seriousFindings(page, () => none.waitFor())).toEqual([]);
    },
  );
});

describeInBrowser('duplicates of an empty catalogue', {}, (context) => {
  it('lead to the catalogue', async () => {
    const { page } = await context.visit('/duplicates');
    await page.getByRole('link', { name: 'Go to the catalogue' }).click();
    await page.waitForURL(/\/catalogue$/);
  });
});
