import { readdir } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, it } from '@jest/globals';
import { describeInBrowser } from './describe-in-browser.ts';

describeInBrowser('the documentation at /docs', {}, (context) => {
  it('has no link within it that leads nowhere', async () => {
    const files = (await readdir('dist/docs', { recursive: true })).filter((name) => name.endsWith('.html'));
    const links = new Map<string, string>();
    for (const file of files) {
      const html = await (await fetch(`${context.stack.url}/docs/${file}`)).text();
      for (const [, link = ''] of html.matchAll(/href="(\/[^"#]*)/g)) links.set(link, file);
    }
    expect(links.size).toBeGreaterThan(files.length);
    const broken: string[] = [];
    for (const [link, file] of links) {
      const { status } = await fetch(`${context.stack.url}${link}`, { headers: { Accept: 'text/html' } });
      if (status !== 200) broken.push(`${link} in ${file}`);
    }
    expect(broken).toEqual([]);
  });

  it('finds what a person looks for, without asking another host', async () => {
    const { page } = await context.visit('/docs');
    await page.getByRole('link', { name: 'Five-minute tutorial' }).click();
    await page.getByRole('heading', { name: 'Tutorial', level: 1 }).waitFor();
    await page.keyboard.press('Control+K');
    await page.getByRole('textbox').fill('similarImagesBatch');
    await page.getByText('Query.similarImagesBatch').first().click();
    await page.waitForURL(/\/docs\/schema/);
    await page.getByRole('heading', { name: 'Query.similarImagesBatch' }).waitFor();
  });

  it.each(['light', 'dark'] as const)(
    'has no serious fault of accessibility in the %s theme',
    async (colorScheme) => {
      const found: unknown[] = [];
      for (const path of ['/docs/', '/docs/tutorial', '/docs/configuration']) {
        const { page } = await context.visit(path, { colorScheme });
        await page.waitForLoadState('networkidle');
        // Tables that scroll can be reached by keyboard in Chromium and Firefox without being marked for it.
        const axe = new AxeBuilder({ page }).disableRules('scrollable-region-focusable');
        const { violations } = await axe.analyze();
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        found.push(...serious.map(({ id, nodes }) => [path, id, nodes[0]?.html]));
      }
      expect(found).toEqual([]);
    },
  );
});
