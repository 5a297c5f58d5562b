import { AxeBuilder } from '@axe-core/playwright';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser } from './describe-in-browser.ts';

const PLACES: readonly { name: string; path: string; ready: string }[] = [
  { name: 'overview', path: '/catalogue', ready: 'Searchable' },
  { name: 'images', path: '/catalogue/stamps?label=1', ready: '7 of 100 images' },
  { name: 'open image', path: '/catalogue/stamps?image=Image:3', ready: 'Find similar' },
  { name: 'index', path: '/catalogue/stamps/index', ready: 'On disk' },
  { name: 'activity', path: '/catalogue/stamps/activity', ready: 'Import finished' },
  { name: 'new dataset', path: '/catalogue?new', ready: 'Drop a folder here' },
];
const AT_ONCE = { reducedMotion: 'reduce' } as const;

describeInBrowser('the catalogue view', { samples: true }, (context) => {
  const findings = async (page: Page) => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`);
  };

  for (const colorScheme of ['light', 'dark'] as const) {
    it.each(PLACES)(`has no serious finding in ${colorScheme}: $name`, async ({ path, ready }) => {
      const { page } = await context.visit(path, { colorScheme, ...AT_ONCE });
      await page.getByText(ready).first().waitFor();
      expect(await findings(page)).toEqual([]);
    });
  }

  it.each(PLACES)('fits on a phone: $name', async ({ path, ready }) => {
    const { page } = await context.visit(path, { viewport: { width: 360, height: 740 }, ...AT_ONCE });
    await page.getByText(ready).first().waitFor();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
  });

  it('says what happens when the service is gone, and continues once it is back', async () => {
    const visit = await context.visit('/catalogue/stamps');
    visit.allow(/Failed to load resource|WebSocket/);
    const { page } = visit;
    await page.getByRole('list', { name: 'Images of stamps' }).getByRole('link').first().waitFor();
    await context.stack.pause();
    await page.getByRole('tab', { name: 'Activity' }).click();
    await page.getByText('The server does not answer').first().waitFor();
    await context.stack.resume();
    await page.getByText('Import finished').waitFor();
  });
});
