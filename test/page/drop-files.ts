import type { Page } from 'playwright-core';

/** Drops files and folders of this machine onto an element, as a person does from a file manager. */
export async function dropFiles(page: Page, selector: string, paths: readonly string[]): Promise<void> {
  const box = (await page.locator(selector).boundingBox())!;
  const devtools = await page.context().newCDPSession(page);
  const at = { x: box.x + box.width / 2, y: box.y + 24 };
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', { type, ...at, data });
  }
}
