import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

const SERIOUS = new Set(['serious', 'critical']);
const SETTLING_MS = 5000;

/** What axe finds that keeps people from using the page, in both themes. `isReady` waits until all of it is shown. */
export async function seriousFindings(page: Page, isReady: () => Promise<unknown>): Promise<string[]> {
  const findings: string[] = [];
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await isReady();
    await transitionsEnded(page);
    const { violations } = await new AxeBuilder({ page }).analyze();
    for (const { id, impact, nodes } of violations) {
      if (!SERIOUS.has(impact ?? '')) continue;
      findings.push(...nodes.map(({ html, failureSummary }) => `${theme}: ${id}: ${html} ${failureSummary}`));
    }
  }
  return findings;
}

/** Another theme takes a frame, and then as long as the colours fade. */
function transitionsEnded(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    await nextFrame();
    await nextFrame();
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
    await nextFrame();
  });
}

/**
 * How far the page can be scrolled sideways, in pixels. A grid that places its own tiles does so some frames after its
 * width has changed, so a page is given a few seconds to fit.
 */
export async function overflowOf(page: Page): Promise<number> {
  const end = Date.now() + SETTLING_MS;
  for (;;) {
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (overflow === 0 || Date.now() > end) return overflow;
    await page.waitForTimeout(50);
  }
}
