import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser } from './describe-in-browser.ts';
import { samples } from './picture-host.ts';
import { putPictures } from './put-pictures.ts';

describeInBrowser('hits', { samples: true }, (context) => {
  const hitsOf = (page: Page) => page.getByRole('list', { name: 'Hits' }).getByRole('link');
  /** The rank of the hit that has the focus. */
  const focusedRank = (page: Page) =>
    page.evaluate(() =>
      Number(/^Hit (\d+)/.exec(document.activeElement?.querySelector('img')?.alt ?? '')?.[1]),
    );

  it('scroll with the wheel over the column beside them', async () => {
    const { page } = await context.visit('/?like=Image:6', { viewport: { width: 1280, height: 1_400 } });
    await page.getByRole('list', { name: 'Hits' }).getByRole('link').first().waitFor();
    const column = page.getByRole('complementary', { name: 'What to search for' });
    await column.getByRole('img', { name: /^Query/ }).hover();
    await page.waitForFunction(() => document.documentElement.scrollHeight > innerHeight + 100);
    // The column itself may scroll first.
    for (let turn = 0; turn < 8 && (await page.evaluate(() => scrollY)) === 0; turn++) {
      await page.mouse.wheel(0, 5_000);
      await page.waitForTimeout(500);
    }
    expect(await page.evaluate(() => scrollY)).toBeGreaterThan(0);
  });

  it('are shown with label and score, and more as one scrolls', async () => {
    const { page } = await context.visit('/?like=Image:6', { viewport: { width: 360, height: 740 } });
    await page.getByText('60 hits so far').waitFor();
    const first = page.locator('[data-index="0"]');
    await expect(first.innerText()).resolves.toMatch(/^fruit\s+score\s+0\.\d\d\s+, confidence\s+\d\d?%$/);
    for (let step = 0; step < 40 && (await page.getByText('99 hits').count()) === 0; step++) {
      await page.mouse.wheel(0, 900);
      await page.waitForTimeout(50);
    }
    await page.getByText('99 hits').waitFor();
    await page.keyboard.press('End');
    await page.getByText('That is all.').waitFor();
  });

  it('fill the width in rows of one height', async () => {
    const { page } = await context.visit('/?like=Image:6');
    await hitsOf(page).first().waitFor();
    const boxes = await page.getByRole('list', { name: 'Hits' }).evaluate((list) => ({
      width: list.getBoundingClientRect().width,
      left: list.getBoundingClientRect().left,
      cells: [...list.children].map((cell) => {
        const { left, top, right, height } = cell.getBoundingClientRect();
        return { left, top, right, height };
      }),
    }));
    const rows = Map.groupBy(boxes.cells, ({ top }) => Math.round(top));
    const full = [...rows.values()].slice(0, -1);
    expect(full.length).toBeGreaterThan(2);
    for (const row of full) {
      expect(new Set(row.map(({ height }) => Math.round(height))).size).toBe(1);
      expect(Math.round(Math.max(...row.map(({ right }) => right)))).toBe(
        Math.round(boxes.left + boxes.width),
      );
    }
  });

  it('are walked through by arrow keys', async () => {
    const { page } = await context.visit('/?like=Image:6');
    await hitsOf(page).first().focus();
    await page.keyboard.press('ArrowRight');
    expect(await focusedRank(page)).toBe(2);
    await page.keyboard.press('ArrowDown');
    const below = await focusedRank(page);
    expect(below).toBeGreaterThan(3);
    await page.keyboard.press('Tab');
    await expect(page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).resolves.toBe(
      'More like this',
    );
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Home');
    expect(await focusedRank(page)).toBe(1);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: /^Hit 1:/ }).waitFor();
  });

  it('open large beside the query, with what is known and the ranks around', async () => {
    const { page } = await context.visit('/?like=Image:6');
    await hitsOf(page).nth(1).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('img', { name: 'The query' }).waitFor();
    await dialog.getByRole('img', { name: /^Hit 2:/ }).waitFor();
    const facts = dialog.locator('dl');
    await facts.getByText('fruit', { exact: true }).waitFor();
    await expect(facts.innerText()).resolves.toMatch(/Dataset\s+stamps[\s\S]*px, JPEG/);
    await expect(facts.innerText()).resolves.toMatch(/product/i);
    expect(
      await dialog.getByRole('list', { name: 'Hits around' }).getByRole('button').count(),
    ).toBeGreaterThan(10);

    await page.keyboard.press('ArrowRight');
    await page.getByRole('dialog', { name: /^Hit 3:/ }).waitFor();
    expect(page.url()).toMatch(/hit=3$/);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('dialog', { name: /^Hit 1:/ }).waitFor();
    await dialog.getByRole('button', { name: /^Hit 5:/ }).click();
    await page.getByRole('dialog', { name: /^Hit 5:/ }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(page.url()).toMatch(/like=Image:6$/);
  });

  it.each([360, 768])('open at their pictures in a window of %i pixels', async (width) => {
    const { page } = await context.visit('/?like=Image:6&hit=9', { viewport: { width, height: 740 } });
    const dialog = page.getByRole('dialog');
    const picture = dialog.getByRole('img', { name: /^Hit 9: / });
    await picture.waitFor();
    await dialog.getByRole('list', { name: 'Hits around this one' }).waitFor();
    const top = (await dialog.boundingBox())!.y;
    await page.waitForFunction(
      (image) => (image as HTMLImageElement).complete,
      await picture.elementHandle(),
    );
    expect((await picture.boundingBox())!.y).toBeGreaterThan(top);
    // The strip is scrolled to the hit, though.
    const [strip, current] = await Promise.all([
      dialog.getByRole('list', { name: 'Hits around this one' }).boundingBox(),
      dialog.locator('[aria-current=true]').boundingBox(),
    ]);
    expect(current!.x).toBeGreaterThanOrEqual(strip!.x);
    expect(current!.x + current!.width).toBeLessThanOrEqual(strip!.x + strip!.width);
  });

  it('have their captions below them, however narrow they are', async () => {
    const { page } = await context.visit('/?like=Image:6', { viewport: { width: 360, height: 740 } });
    await hitsOf(page).first().waitFor();
    const captions = await page.getByRole('list', { name: 'Hits' }).evaluate((list) =>
      [...list.children].map((cell) => {
        const [tile, score] = [cell, cell.querySelector('svg[width] + span')?.parentElement];
        return score == null ? 0 : score.getBoundingClientRect().right - tile.getBoundingClientRect().right;
      }),
    );
    expect(captions.length).toBeGreaterThan(4);
    expect(Math.max(...captions)).toBeLessThanOrEqual(1);
  });

  it('leave the column beside them where it is when they come', async () => {
    const { page } = await context.visit('/health/live');
    let release: () => void = () => undefined;
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/graphql', async (route) => {
      if ((route.request().postData() ?? '').includes('"operationName":"Hits"')) await isReleased;
      await route.continue();
    });
    await page.goto(`${context.stack.url}/?like=Image:6`);
    const column = page.getByRole('complementary', { name: 'What to search for' });
    await column.getByRole('img', { name: /^Query/ }).waitFor();
    const { y } = (await column.boundingBox())!;
    release();
    await hitsOf(page).first().waitFor();
    await page.waitForFunction(() => document.documentElement.scrollHeight > innerHeight + 100);
    expect((await column.boundingBox())!.y).toBe(y);
  });

  it('close with the back button, and are found again in a shared link', async () => {
    const { page } = await context.visit('/?like=Image:6');
    await hitsOf(page).first().click();
    await page.getByRole('dialog').waitFor();
    await page.goBack();
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    const shared = await context.visit('/?like=Image:6&hit=80');
    await shared.page.getByRole('dialog', { name: /^Hit 80:/ }).waitFor();
    await shared.page.keyboard.press('Escape');
    await shared.page.getByText('That is all.').waitFor({ state: 'attached' });
  });

  it('are a step away from a rank that does not exist', async () => {
    const { page } = await context.visit('/?like=Image:6&label=1&hit=9999');
    await page.getByRole('heading', { name: 'There is no hit of this rank' }).waitFor();
    await page.getByRole('button', { name: 'Back to the hits' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await hitsOf(page).first().waitFor();
    expect(page.url()).toMatch(/label=1$/);
  });

  it('say why there are none', async () => {
    const bytes = await readFile(join(samples, 'queries', 'fruit-avocado.jpg'));
    const ids = await putPictures(context.stack, 'single', [{ name: 'avocado', bytes }]);
    const { buildIndex } = await context.stack.query<{ buildIndex: { id: string } }>(
      'mutation { buildIndex(input: { dataset: "single" }) { id } }',
    );
    await context.stack.jobEnd(buildIndex.id);
    const { page } = await context.visit(`/?like=${ids.get('avocado')}&in=single&min=0.9&unique=1`);
    await page.getByRole('heading', { name: 'Nothing passes these filters' }).waitFor();
    await page.goto(`${context.stack.url}/?like=${ids.get('avocado')}&in=single`);
    await page.getByRole('heading', { name: 'There is no other picture in this dataset' }).waitFor();
    await page.getByRole('button', { name: 'Search in all datasets' }).click();
    await hitsOf(page).first().waitFor();
    await page.goto(`${context.stack.url}/?like=${ids.get('avocado')}&min=1&unique=1`);
    await page.getByRole('button', { name: 'Remove all filters' }).click();
    await hitsOf(page).first().waitFor();
    expect(page.url()).toMatch(/like=Image:\d+$/);
  });

  it('are judged by thumbs, and no longer once the thumb is pressed again', async () => {
    const { page } = await context.visit('/?like=Image:6&hit=1');
    const listed = () =>
      context.stack.query<{ feedback: { nodes: { verdict: string }[] } }>(
        '{ feedback(dataset: "stamps") { nodes { verdict } } }',
      );
    await page.getByRole('button', { name: 'Bad hit' }).click();
    await page.getByText('Thank you.').waitFor();
    await page.getByRole('button', { name: 'Good hit' }).click();
    await page.getByRole('button', { name: 'Good hit', pressed: true }).click();
    await page.getByText('Thank you.').waitFor({ state: 'detached' });
    expect((await listed()).feedback.nodes).toEqual([]);
  });

  it('start a search of their own', async () => {
    const { page } = await context.visit('/?like=Image:6&min=0.1&hit=1');
    await page.getByRole('button', { name: 'Search with this' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(page.url()).toMatch(/\?like=Image:\d+$/);
    expect(page.url()).not.toMatch(/Image:6$/);
  });
});
