import { expect, it } from '@jest/globals';
import { seriousFindings } from './check-page.ts';
import { describeInBrowser } from './describe-in-browser.ts';

const VIEWS = [
  { name: 'the start', path: '/', ready: 'Or start from a picture you have' },
  { name: 'hits', path: '/?like=Image:6@0.1,0.1,0.6,0.6&unlike=Image:30&label=1', ready: /\d hits/ },
  { name: 'grouped hits', path: '/?like=Image:6&group=product', ready: /\d hits/ },
  { name: 'a hit', path: '/?like=Image:6&hit=2', ready: 'Search with this' },
  { name: 'no hits', path: '/?like=Image:6&min=1', ready: 'Nothing passes these filters' },
  { name: 'the catalogue', path: '/catalogue', ready: 'Catalogue' },
  { name: 'duplicates', path: '/duplicates', ready: 'Duplicates' },
  { name: 'the map', path: '/map', ready: 'Map' },
] as const;

describeInBrowser('accessibility', { samples: true }, (context) => {
  // One visit for both themes: most of the time of a visit goes into loading the page.
  it.each(VIEWS)('has no serious findings in either theme: $name', async ({ path, ready }) => {
    const { page } = await context.visit(path, { reducedMotion: 'reduce' });
    await page.getByText(ready).first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await seriousFindings(page, () => page.getByText(ready).first().waitFor())).toEqual([]);
  });

  it.each(VIEWS)('fits a phone of 360 pixels: $name', async ({ path, ready }) => {
    const { page } = await context.visit(path, {
      viewport: { width: 360, height: 740 },
      isMobile: true,
      hasTouch: true,
    });
    await page.getByText(ready).first().waitFor();
    await page.waitForLoadState('networkidle');
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(360);
  });

  it('is used by keyboard alone, from the start to a hit', async () => {
    const { page } = await context.visit('/');
    await page
      .getByRole('link', { name: /^Search with/ })
      .first()
      .waitFor();
    await page.keyboard.press('Tab');
    await expect(page.evaluate(() => document.activeElement?.textContent)).resolves.toBe(
      'Skip to the content',
    );
    await page.keyboard.press('Enter');
    // The buttons of the picture, then one stop for all pictures.
    for (let stops = 0; stops < 8; stops++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement?.closest('[data-index]') !== null)) break;
    }
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.waitForURL(/like=Image:2$/);
    const hit = page.getByRole('list', { name: 'Hits' }).getByRole('link').first();
    await hit.waitFor();
    await hit.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(
      await page.evaluate(() => document.activeElement?.closest('[data-index]')?.getAttribute('data-index')),
    ).toBe('0');
  });

  it.each(['/?like=Image:6&hit=2', '/catalogue/stamps?image=Image:6'])(
    'gives the focus to the view when a dialog closes that came with the address: %s',
    async (path) => {
      const { page } = await context.visit(path);
      await page.getByRole('dialog').waitFor();
      await page.waitForFunction(() => document.activeElement?.closest('[role=dialog]') != null);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.waitForFunction(() => document.activeElement?.id === 'main');
    },
  );

  it('names controls by their words alone', async () => {
    const { page } = await context.visit('/?like=Image:6');
    const slider = page.getByRole('slider', { name: 'Minimum score', exact: true });
    await slider.waitFor();
    expect(await slider.getAttribute('aria-label')).toBeNull();
  });
});
