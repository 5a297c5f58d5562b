import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { describeInBrowser } from './describe-in-browser.ts';
import { built } from './stack.ts';

const queries = join(built, '..', 'samples', 'stamps', 'queries');
const avocado = join(queries, 'fruit-avocado.jpg');

describeInBrowser('a picture to search with', { samples: true }, (context) => {
  /** The labels of the best hits, once there are any. */
  async function bestLabels(page: Page): Promise<string[]> {
    const hits = page.getByRole('list', { name: 'Hits' }).getByRole('link');
    await hits.first().waitFor();
    const names = await hits
      .locator('img')
      .evaluateAll((images) => images.map((image) => image.getAttribute('alt')!));
    return names.slice(0, 3).map((name) => /^Hit \d+: (\w+)/.exec(name)![1]!);
  }

  it('is chosen as a file', async () => {
    const { page } = await context.visit('/');
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Choose a picture' }).click(),
    ]);
    await chooser.setFiles(avocado);
    expect(await bestLabels(page)).toContain('fruit');
    expect(page.url()).toContain('like=QueryPicture:');
  });

  it('is photographed on a phone', async () => {
    const { page } = await context.visit('/', {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
    });
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Take a photo' }).tap(),
    ]);
    expect(await chooser.element().getAttribute('capture')).toBe('environment');
    await chooser.setFiles(avocado);
    expect(await bestLabels(page)).toContain('fruit');
  });

  it('is dropped anywhere on the page', async () => {
    const { page } = await context.visit('/');
    await page.getByRole('heading', { name: /Show it a picture/ }).waitFor();
    await transfer(page, 'dragenter', avocado);
    await page.getByText('Search with it').waitFor();
    await transfer(page, 'drop', avocado);
    expect(await bestLabels(page)).toContain('fruit');
  });

  it('is pasted', async () => {
    const { page } = await context.visit('/');
    await page.getByRole('heading', { name: /Show it a picture/ }).waitFor();
    await transfer(page, 'paste', join(queries, 'mammal-cow_white.jpg'));
    expect(await bestLabels(page)).toContain('mammal');
  });

  it('is a picture of the catalogue', async () => {
    const { page } = await context.visit('/');
    await page.getByRole('link', { name: /Search with fruit, fruit-kiwi/ }).click();
    expect(await bestLabels(page)).toEqual(['fruit', 'fruit', 'fruit']);
    expect(page.url()).toContain('/?like=Image:');
    await page.goBack();
    await page.getByRole('heading', { name: /Show it a picture/ }).waitFor();
  });

  it('is refused with a sentence if it is none', async () => {
    const visit = await context.visit('/');
    visit.allow(/status of 415/);
    await visit.page
      .getByTestId('file')
      .first()
      .setInputFiles({ name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') });
    await visit.page.getByText('This file is not a picture that can be read').waitFor();
  });

  it('is used although another file beside it is none, which is named', async () => {
    const visit = await context.visit('/');
    visit.allow(/status of 415/);
    await visit.page
      .getByTestId('file')
      .first()
      .setInputFiles([
        { name: 'avocado.jpg', mimeType: 'image/jpeg', buffer: await readFile(avocado) },
        { name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') },
      ]);
    expect(await bestLabels(visit.page)).toContain('fruit');
    const said = visit.page.getByRole('alertdialog', { name: '1 picture could not be used' });
    await said.getByText('notes.jpg: This file is not a picture that can be read.').waitFor();
  });

  it.each(['/', '/catalogue', '/catalogue?new', '/duplicates', '/map'])(
    'does not replace the page if it is dropped anywhere on %s',
    async (path) => {
      const { page } = await context.visit(path);
      await page.getByRole('navigation', { name: 'Views' }).waitFor();
      const refused = await page.getByRole('banner').evaluate((header) =>
        ['dragover', 'drop'].map((type) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(['no picture'], 'notes.txt', { type: 'text/plain' }));
          return !header.dispatchEvent(
            new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }),
          );
        }),
      );
      expect(refused).toEqual([true, true]);
    },
  );

  it('is not fetched from this machine itself', async () => {
    const visit = await context.visit('/');
    visit.allow(/status of 400/);
    await visit.page
      .getByRole('textbox', { name: 'Address of a picture' })
      .fill('http://127.0.0.1:9/kiwi.jpg');
    await visit.page.getByRole('button', { name: 'Search', exact: true }).click();
    await visit.page.getByRole('alertdialog').waitFor();
  });

  it('is made smaller before it is sent if it is large', async () => {
    const { page } = await context.visit('/');
    const file = await sharp({
      create: {
        width: 2_000,
        height: 1_500,
        channels: 3,
        background: '#888',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    })
      .png()
      .toBuffer();
    expect(file.length).toBeGreaterThan(1_000_000);
    await page
      .getByTestId('file')
      .first()
      .setInputFiles({ name: 'large.png', mimeType: 'image/png', buffer: file });
    await bestLabels(page);
    const picture = page.getByRole('region', { name: 'Query' }).getByRole('img');
    expect(await picture.getAttribute('width')).toBe('1600');
  });
});

/** Lets the page have a file as a drop or a paste would. */
async function transfer(page: Page, type: 'dragenter' | 'drop' | 'paste', path: string): Promise<void> {
  const bytes = [...(await readFile(path))];
  await page.evaluate(
    ([eventType, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(content)], 'picture.jpg', { type: 'image/jpeg' }));
      const target = document.body;
      const init = { bubbles: true, cancelable: true };
      target.dispatchEvent(
        eventType === 'paste'
          ? new ClipboardEvent('paste', { ...init, clipboardData: data })
          : new DragEvent(eventType, { ...init, dataTransfer: data }),
      );
    },
    [type, bytes] as const,
  );
}
