import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { describeInBrowser } from './describe-in-browser.ts';

describeInBrowser('the crop box', { samples: true }, (context) => {
  const regionOf = (page: Page) => /@([\d.,]+)/.exec(page.url())?.[1]?.split(',').map(Number);
  const firstHit = async (page: Page) => {
    const image = page.getByRole('list', { name: 'Hits' }).getByRole('img').first();
    await image.waitFor();
    return image.getAttribute('alt');
  };

  it('is drawn with the pointer, and its hits follow it', async () => {
    const { page } = await context.visit('/?like=Image:6');
    const whole = await firstHit(page);
    const picture = page.getByRole('img', { name: /^Query/ });
    const box = (await picture.boundingBox())!;
    await page.locator('.ReactCrop').waitFor();
    await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.4, { steps: 4 });
    // Still held: the address and the hits follow live.
    await page.waitForURL(/@/);
    const during = regionOf(page)!;
    await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.8, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction((before) => !location.search.includes(before), during.join(','));
    const [x, y, width, height] = regionOf(page)!;
    expect(x).toBeCloseTo(0.2, 1);
    expect(y).toBeCloseTo(0.2, 1);
    expect(width).toBeCloseTo(0.5, 1);
    expect(height).toBeCloseTo(0.6, 1);
    await page.waitForFunction(
      (before) => document.querySelector('[data-index="0"] img')?.getAttribute('alt') !== before,
      whole,
    );
    // One gesture is one step.
    await page.goBack();
    await page.waitForURL(/like=Image:6$/);
    await page.waitForFunction(
      (before) => document.querySelector('[data-index="0"] img')?.getAttribute('alt') === before,
      whole,
    );
  });

  it.each([
    ['tall', 400, 534],
    ['wide', 900, 300],
  ])('covers exactly a %s picture that is scaled down', async (_shape, width, height) => {
    const { page } = await context.visit('/', { viewport: { width: 1440, height: 900 } });
    const buffer = await sharp({ create: { width, height, channels: 3, background: 'teal' } })
      .png()
      .toBuffer();
    await page.getByTestId('file').setInputFiles({ name: 'query.png', mimeType: 'image/png', buffer });
    await page.waitForURL(/like=QueryPicture:/);
    await page.goto(`${page.url()}@0.1,0.1,0.5,0.5`);
    for (const viewport of [
      { width: 1440, height: 900 },
      { width: 800, height: 900 },
      { width: 360, height: 740 },
    ]) {
      await page.setViewportSize(viewport);
      const box = (await page.locator('.ReactCrop').boundingBox())!;
      const picture = (await page.getByRole('img', { name: /^Query/ }).boundingBox())!;
      expect(picture.width / picture.height).toBeCloseTo(width / height, 1);
      for (const side of ['x', 'y', 'width', 'height'] as const) {
        expect(Math.abs(box[side] - picture[side])).toBeLessThan(0.5);
      }
    }
  });

  it('gets no smaller by keyboard than can be seen', async () => {
    const { page } = await context.visit('/?like=Image:6@0.1,0.1,0.06,0.06');
    const corner = page.getByRole('button', { name: /Bottom right corner/ });
    await corner.focus();
    for (let press = 0; press < 30; press++) await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(() => !location.search.includes('0.06,0.06'));
    const smallest = regionOf(page)!;
    expect(smallest[2]).toBeGreaterThanOrEqual(0.03);
    expect(smallest[2]).toBeLessThan(0.045);
    await corner.focus();
    for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowRight');
    await page.waitForFunction((width) => Number(location.search.split(',')[2]) > width, smallest[2]!);
  });

  it('is made and moved by keyboard', async () => {
    const { page } = await context.visit('/?like=Image:6');
    await page.getByRole('button', { name: 'Crop' }).click();
    await page.waitForURL(/@0.15,0.15,0.7,0.7/);
    await page.getByRole('button', { name: /Bottom right corner/ }).focus();
    await page.keyboard.press('Shift+ArrowLeft');
    await page.waitForFunction(() => !location.search.includes('0.15,0.15,0.7,0.7'));
    expect(regionOf(page)![2]).toBeLessThan(0.7);
    await page.getByRole('button', { name: 'Whole picture' }).click();
    await page.waitForURL(/like=Image:6$/);
  });

  it('is left out if the address has one that is too small to be seen', async () => {
    const { page } = await context.visit('/?like=Image:6');
    const whole = await firstHit(page);
    await page.goto(`${page.url()}@0,0,0.001,0.001`);
    expect(await firstHit(page)).toBe(whole);
    await page.getByRole('button', { name: 'Crop' }).waitFor();
  });

  it.each(['', '@0.1,0.1,0.5,0.5'])('is not offered for a picture that is gone%s', async (region) => {
    const visit = await context.visit('/');
    visit.allow(/404/);
    const { page } = visit;
    await page.goto(`${page.url()}?like=Image:99999${region}`);
    await page.getByText('This picture is no longer there.').waitFor();
    await page.getByRole('button', { name: 'Add', exact: true }).waitFor();
    expect(await page.getByRole('button', { name: /^(?:Crop|Whole picture)$/ }).count()).toBe(0);
  });

  it('shows the part that was searched with beside a hit', async () => {
    const { page } = await context.visit('/?like=Image:6@0.1,0.1,0.5,0.5&hit=1');
    const frame = page.getByRole('dialog').locator('figure').first();
    const [outer, inner] = await Promise.all([
      frame.getByRole('img').boundingBox(),
      frame.locator('img + span').boundingBox(),
    ]);
    expect(inner!.width / outer!.width).toBeCloseTo(0.5, 1);
  });
});
