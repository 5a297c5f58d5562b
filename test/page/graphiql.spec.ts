import { beforeAll, expect, it } from '@jest/globals';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { SAMPLES } from '../fixtures/demo-service.ts';
import { overflowOf } from './check-page.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { openWatched, type Watched } from './watched-page.ts';

/** The text of the response, without the blanks and line breaks that the editor adds. */
async function response(page: Page): Promise<string> {
  const lines = await page.locator('.graphiql-response .view-line').allInnerTexts();
  return lines.join('').replaceAll(/\s/g, '');
}

async function responseMatching(page: Page, pattern: RegExp): Promise<string> {
  for (;;) {
    const text = await response(page);
    if (pattern.test(text)) return text;
    await page.waitForTimeout(50);
  }
}

const execute = (page: Page) => page.getByRole('button', { name: /Execute query/ }).click();
const openExample = async (page: Page, title: string) => {
  const panel = page.getByRole('heading', { name: 'Examples', level: 2 });
  if (!(await panel.isVisible())) await page.getByRole('button', { name: 'Show Examples' }).click();
  const shown = () => page.locator('.graphiql-query-editor .view-lines').innerText();
  const before = await shown();
  await page.getByRole('button', { name: new RegExp(`^${title}`) }).click();
  while ((await shown()) === before) await page.waitForTimeout(50);
  // GraphiQL takes half a second until it runs what its editor shows.
  await page.waitForTimeout(1_000);
};

describeInBrowser('GraphiQL at /graphiql', { samples: true }, (context) => {
  let watched: Watched;

  beforeAll(async () => {
    watched = await openWatched(context.browser, `${context.stack.url}/graphql`);
    await watched.page.locator('.graphiql-query-editor .view-line').first().waitFor();
  });

  it('is where /graphql leads, and opens with a query that works', async () => {
    const { page } = watched;
    expect(new URL(page.url()).pathname).toBe('/graphiql');
    await execute(page);
    expect(await responseMatching(page, /"rank":1/)).toContain('fruit-apricot_whole.jpg');
  });

  it('sends the file that a person has chosen for a variable, and says so if none is', async () => {
    const { page } = watched;
    await openExample(page, 'By an upload');
    await execute(page);
    await responseMatching(page, /Choosea?file/i);
    await page.setInputFiles('input[type=file]', `${SAMPLES}/stamps/queries/fruit-avocado.jpg`);
    await page.getByText('fruit-avocado.jpg').waitFor();
    await execute(page);
    expect(await responseMatching(page, /"rank":1/)).toContain('"fileName":"fruit-');
  });

  it('fills in a variable of the type Upload for which a file is chosen', async () => {
    const { page } = watched;
    await openExample(page, 'Keep a query picture');
    await page.locator('.graphiql-editor-tool .monaco-editor').first().click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText('{}');
    await page.setInputFiles('input[type=file]', `${SAMPLES}/stamps/queries/fruit-avocado.jpg`);
    await execute(page);
    await responseMatching(page, /"addQueryPicture":\{"id":"/);
  });

  it('sends files deep inside a list of inputs', async () => {
    const { page } = watched;
    await openExample(page, 'Put images');
    await page.setInputFiles('input[type=file]', `${SAMPLES}/stamps/queries/fruit-avocado.jpg`);
    await execute(page);
    await responseMatching(page, /"edit":"CREATED","searchable":true/);
  });

  it('subscribes to a job over WebSocket', async () => {
    const { page } = watched;
    await openExample(page, 'Watch a job');
    const [socket] = await Promise.all([page.waitForEvent('websocket'), execute(page)]);
    await responseMatching(page, /"jobProgress":\{"id":"Job:1".*"state":"SUCCEEDED"/);
    expect(socket.url()).toBe(`${context.stack.url.replace('http', 'ws')}/graphql`);
  });

  it('keeps what stood in its tabs', async () => {
    const { page } = watched;
    await page.waitForTimeout(600);
    await page.reload();
    await page.getByRole('tab', { name: 'WatchJob' }).waitFor();
    expect(await page.getByRole('tab').count()).toBe(5);
  });

  it('asked no other host for anything, and broke no rule of its policy', () => {
    expect(watched.problems).toEqual([]);
  });

  it('fits on a phone', async () => {
    const { page } = await context.visit('/graphiql', { viewport: { width: 360, height: 740 } });
    const editor = page.locator('.graphiql-query-editor .view-line').first();
    await editor.waitFor();
    expect(await overflowOf(page)).toBe(0);
    for (const part of ['.graphiql-query-editor', '.graphiql-response']) {
      expect((await page.locator(part).boundingBox())!.width).toBeGreaterThan(330);
    }
    // The text of the query has the width of the phone, but for the numbers of the lines.
    const monaco = page.locator('.graphiql-query-editor .monaco-editor').first();
    expect((await monaco.boundingBox())!.width).toBeGreaterThan(320);
  });

  it.each(['light', 'dark'] as const)('is accessible in the %s theme', async (colorScheme) => {
    const { page } = await context.visit('/graphiql', { colorScheme });
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    // What is ours: the rest is GraphiQL's and Monaco's.
    const { violations } = await new AxeBuilder({ page }).include('.panel').include('.links').analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  });
});
