import { chromium, type Browser, type Page } from 'playwright-core';
import { findChromium } from './chromium.ts';

export interface Watched {
  readonly page: Page;
  /** Requests to other hosts, and whatever the page complains about. */
  readonly problems: readonly string[];
}

/** The Chromium that `findChromium` finds. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox'],
  });
}

/** Opens a page in a fresh profile, and blocks and records every request to another host than that of `url`. */
export async function openWatched(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<Watched> {
  const page = await browser.newPage(options);
  const problems: string[] = [];
  const { host } = new URL(url);
  await page.route(
    (address) => ['http:', 'https:'].includes(address.protocol) && address.host !== host,
    (route) => {
      problems.push(`request to ${route.request().url()}`);
      return route.abort();
    },
  );
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  await page.goto(url);
  return { page, problems };
}
