import { afterAll, afterEach, beforeAll, describe, it } from '@jest/globals';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { findChromium } from './chromium.ts';
import { Stack } from './stack.ts';
import { launchBrowser, Visit } from './visit.ts';

/** What the tests of a suite share. */
export interface InBrowser {
  readonly stack: Stack;
  readonly browser: Browser;
  /** Opens a page of the service, which is closed and checked after the test. */
  visit(path: string, options?: BrowserContextOptions): Promise<Visit>;
}

interface Options {
  /** Whether the catalogue holds the sample pictures; it is empty otherwise. */
  samples?: boolean;
  settings?: Record<string, string>;
  /** Flags of Chromium. */
  flags?: string[];
}

/** A suite with the built service and a browser. Without a Chromium it is skipped, and says so. */
export function describeInBrowser(name: string, options: Options, suite: (context: InBrowser) => void): void {
  if (findChromium() === undefined && process.env.REQUIRE_CHROMIUM === undefined) {
    describe(name, () => {
      it.skip('needs Chromium: install it, or name it in CHROMIUM_PATH', () => undefined);
    });
    process.stderr.write(`SKIPPED "${name}": there is no Chromium. Install it, or set CHROMIUM_PATH.\n`);
    return;
  }
  describe(name, () => {
    let stack: Stack;
    let browser: Browser;
    let visits: Visit[] = [];
    beforeAll(async () => {
      [stack, browser] = await Promise.all([Stack.start(options), launchBrowser(options.flags)]);
    });
    afterEach(async () => {
      const opened = visits;
      visits = [];
      for (const visit of opened) await visit.close();
    });
    afterAll(async () => {
      await browser?.close();
      await stack?.stop();
    });
    suite({
      get stack() {
        return stack;
      },
      get browser() {
        return browser;
      },
      async visit(path, contextOptions) {
        const visit = await Visit.open(browser, stack.url + path, contextOptions);
        visits.push(visit);
        return visit;
      },
    });
  });
}
