import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findChromium } from './chromium.ts';

/** Whether there is a Chromium. Suites use `describeInBrowser`, which says so loudly if not. */
const executablePath = findChromium();

/** No name and no address but those of this machine is resolved, so that nothing else is reached. */
const OWN_HOSTS =
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]';

export function launchBrowser(args: string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath!, args: [OWN_HOSTS, ...args] });
}

/** How long the page may take for anything, also on a machine that does other things. */
const PATIENCE_MS = 60_000;

/** Messages of the browser that are not faults of the page. */
const HARMLESS = /^(?:\[Violation\]|Download the React DevTools)/;

/**
 * A page in a context of its own. Whatever it asks another host for, and whatever lands in its console as an error, is
 * a fault that `close` throws.
 */
export class Visit {
  private readonly faults: string[] = [];
  private readonly allowed: RegExp[] = [];

  private constructor(readonly page: Page) {}

  static async open(browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const visit = new Visit(page);
    const notice = (address: string) => {
      const { protocol, hostname } = new URL(address);
      if (/^(?:http|ws)s?:/.test(protocol) && !isLoopback(hostname))
        visit.faults.push(`asked another host: ${address}`);
    };
    // Listening is enough: routes would stop each request, also those to the service, until we have let it pass.
    context.on('request', (request) => notice(request.url()));
    page.on('websocket', (socket) => notice(socket.url()));
    page.on('console', (message) => {
      if (message.type() !== 'error' || HARMLESS.test(message.text())) return;
      const { url } = message.location();
      // Where an answer is no page, Chromium looks for an icon by itself.
      if (!url.endsWith('/favicon.ico')) visit.faults.push(`${message.text()} ${url}`);
    });
    page.on('pageerror', (error) => visit.faults.push(String(error.stack)));
    await page.goto(address);
    return visit;
  }

  /** An error in the console that the test provokes. */
  allow(pattern: RegExp): void {
    this.allowed.push(pattern);
  }

  /** Closes the page. Throws what was wrong with it. */
  async close(): Promise<void> {
    await this.page.context().close();
    const faults = this.faults.filter((fault) => !this.allowed.some((pattern) => pattern.test(fault)));
    if (faults.length > 0) throw new Error(`The page had faults:\n${faults.join('\n')}`);
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}
