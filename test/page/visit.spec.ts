import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { findChromium } from './chromium.ts';
import { launchBrowser, Visit } from './visit.ts';

(findChromium() === undefined ? describe.skip : describe)('a visit', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  it.each([
    ['by name', '<img src="https://other.example/a.png">', 'https://other.example/a.png'],
    ['by address', '<img src="http://192.0.2.1/a.png">', 'http://192.0.2.1/a.png'],
    ['over WebSocket', '<script>new WebSocket("wss://other.example/b")</script>', 'wss://other.example/b'],
  ])('is at fault if it asks another host: %s', async (_how, html, asked) => {
    const visit = await Visit.open(browser, 'about:blank');
    const failed = visit.page.waitForEvent('console');
    await visit.page.setContent(html);
    expect((await failed).text()).toMatch(/ERR_NAME_NOT_RESOLVED/);
    await expect(visit.close()).rejects.toThrow(`asked another host: ${asked}`);
  });
});
