import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { overflowOf, seriousFindings } from './check-page.ts';
import { describeInBrowser } from './describe-in-browser.ts';

describeInBrowser('an explanation of a hit', { samples: true }, (context) => {
  const why = (page: Page) => page.getByRole('switch', { name: /^Why\?/ });
  const dialog = (page: Page) => page.getByRole('dialog');
  const layers = (page: Page) => dialog(page).locator('img[data-heat-map]');
  const layersShown = (page: Page, count: number) =>
    page.waitForFunction((wanted) => {
      const found = [...document.querySelectorAll<HTMLImageElement>('img[data-heat-map]')];
      return found.length === wanted && found.every(({ naturalWidth }) => naturalWidth > 0);
    }, count);

  it('lays heat maps over both pictures, and says in words what they show', async () => {
    const { page } = await context.visit('/?like=Image:6&hit=2');
    await why(page).waitFor();
    expect(await layers(page).count()).toBe(0);
    await page.getByText(/^Why\?/).click();
    await layersShown(page, 2);
    const covers = await layers(page).evaluateAll((found) =>
      found.map((layer) => {
        const [one, other] = [layer, layer.parentElement!.querySelector('img')!].map((image) => {
          const { left, top, width, height } = image.getBoundingClientRect();
          return [left, top, width, height].map(Math.round);
        });
        return JSON.stringify(one) === JSON.stringify(other);
      }),
    );
    expect(covers).toEqual([true, true]);
    const words = dialog(page).getByRole('region', { name: 'Why this is a hit' });
    await expect(words.getByRole('status').innerText()).resolves.toMatch(
      /lowers the score[\s\S]*The score of 0\.\d\d comes .+ from .+ of the query, and .+ from .+ of the hit\./,
    );
  });

  it('follows to the next hit by keyboard, and can be turned off', async () => {
    const { page } = await context.visit('/?like=Image:6&hit=2');
    await why(page).waitFor();
    await why(page).focus();
    await page.keyboard.press('Space');
    await layersShown(page, 2);
    const first = await layers(page).last().getAttribute('src');
    await page.getByRole('button', { name: 'Next hit' }).click();
    await page.getByRole('dialog', { name: /^Hit 3:/ }).waitFor();
    await page.waitForFunction((before) => {
      const found = [...document.querySelectorAll<HTMLImageElement>('img[data-heat-map]')];
      return found.length === 2 && found[1]!.getAttribute('src') !== before && found[1]!.naturalWidth > 0;
    }, first);
    await page.getByText(/^Why\?/).click();
    await page.waitForFunction(() => document.querySelector('img[data-heat-map]') === null);
  });

  it('shows the part of a region', async () => {
    const { page } = await context.visit('/?like=Image:6@0.1,0.1,0.5,0.5&hit=2');
    await page.getByText(/^Why\?/).click();
    await layersShown(page, 2);
  });

  it('is not offered for several examples, and says so', async () => {
    const { page } = await context.visit('/?like=Image:6&like=Image:7&hit=2');
    await why(page).waitFor();
    expect(await why(page).isDisabled()).toBe(true);
    await page.getByText('Only searches with one picture can be explained.').waitFor();
  });

  it('is accessible in both themes', async () => {
    const { page } = await context.visit('/?like=Image:6&hit=2');
    await page.getByText(/^Why\?/).click();
    await layersShown(page, 2);
    await page.waitForLoadState('networkidle');
    expect(await seriousFindings(page, () => layersShown(page, 2))).toEqual([]);
  });

  it('fits a phone', async () => {
    const { page } = await context.visit('/?like=Image:6&hit=2', {
      viewport: { width: 360, height: 740 },
      isMobile: true,
      hasTouch: true,
    });
    await page.getByText(/^Why\?/).click();
    await layersShown(page, 2);
    expect(await overflowOf(page)).toBe(0);
  });
});
