import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { serveStamps } from '../clients/stamps.ts';
import type { Service } from '../e2e/service.ts';
import { examples, expectedLines, QUERY } from '../examples/examples.ts';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const hasChromium = process.env.REQUIRE_CHROMIUM === '1' || existsSync(executablePath);
// eslint-disable-next-line no-console -- skipped tests must not go unnoticed
if (!hasChromium) console.warn('SKIPPED: the examples in a browser. Chromium is not installed.');

const vite = fileURLToPath(new URL('../../node_modules/vite/bin/vite.js', import.meta.url));

/** Starts Vite on an example, as its README says, and returns the address that it prints. */
async function serveExample(name: string, service: Service): Promise<{ process: ChildProcess; url: string }> {
  const server = spawn(process.execPath, [vite, join(examples, name)], {
    env: { ...process.env, LOOKALIKE_URL: service.url, NODE_OPTIONS: '', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const chunk of server.stdout.setEncoding('utf8')) {
    printed += chunk as string;
    const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(printed)?.[0];
    if (url !== undefined) return { process: server, url };
  }
  throw new Error(`Vite has not started: ${printed}`);
}

(hasChromium ? describe : describe.skip)('the examples in a browser', () => {
  let service: Service;
  let browser: Browser;
  let server: ChildProcess | undefined;

  beforeAll(async () => {
    ({ service } = await serveStamps(100));
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterEach(() => {
    server?.kill();
    server = undefined;
  });
  afterAll(() => browser.close());

  const open = async (name: string): Promise<{ page: Page; problems: string[] }> => {
    const started = await serveExample(name, service);
    server = started.process;
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(started.url);
    return { page, problems };
  };
  const namesOf = (page: Page, selector: string) =>
    page.locator(selector).evaluateAll((pictures) => pictures.map((picture) => picture.getAttribute('alt')));
  const filesIn = (lines: string) => lines.split('\n').flatMap((line) => line.split(' ').slice(1));

  it('uploads, searches and pages: Apollo Client and React', async () => {
    const { page, problems } = await open('apollo-react');
    await page.getByLabel('Picture').setInputFiles(QUERY);
    await page.locator('li img').nth(11).waitFor();
    const first = await namesOf(page, 'li img');
    expect(first).toHaveLength(12);
    expect(first.slice(0, 5)).toEqual(filesIn(await expectedLines(service)));
    await page.getByRole('button', { name: 'More' }).click();
    await page.locator('li img').nth(23).waitFor();
    const both = await namesOf(page, 'li img');
    expect(both.slice(0, 12)).toEqual(first);
    expect(new Set(both).size).toBe(24);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('shows an error: Apollo Client and React', async () => {
    const { page } = await open('apollo-react');
    await page.getByLabel('Picture').setInputFiles(join(examples, 'README.md'));
    expect(await page.getByRole('alert').textContent()).toMatch(/JPEG/);
    await page.close();
  });

  it('shows similar products, and those of the next product: @lookalike/client', async () => {
    const { page, problems } = await open('similar-products');
    const pictures = 'similar-products img';
    await page.locator(pictures).first().waitFor();
    const first = await namesOf(page, pictures);
    expect(first.length).toBeGreaterThan(1);
    expect(first).not.toContain('mammal-sheep.jpg');
    await page.locator(pictures).first().click();
    await page.getByAltText('mammal-sheep.jpg').waitFor();
    expect(await namesOf(page, pictures)).not.toContain(first[0]);
    const loaded = await page.locator(pictures).evaluateAll(async (elements) => {
      const images = elements as HTMLImageElement[];
      await Promise.all(images.map((image) => image.decode()));
      return images.every(({ naturalWidth }) => naturalWidth > 0);
    });
    expect(loaded).toBe(true);
    expect(problems).toEqual([]);
    await page.close();
  });
});
