import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser } from './describe-in-browser.ts';

describeInBrowser('filters', { samples: true }, (context) => {
  const summary = (page: Page) => page.getByRole('region', { name: 'Hits' }).getByRole('status').first();
  const altTexts = (page: Page) =>
    page
      .getByRole('list', { name: 'Hits' })
      .locator('[data-index] a img')
      .evaluateAll((images) => images.map((image) => image.getAttribute('alt')!));

  it('by label, with the number of images of each', async () => {
    const { page } = await context.visit('/?like=Image:6');
    const labels = page.getByRole('group', { name: 'Label' });
    const fruit = labels.getByRole('checkbox', { name: 'fruit' });
    await fruit.waitFor();
    await expect(labels.innerText()).resolves.toMatch(/mammal\s+24[\s\S]*fruit\s+7/);
    await labels.getByText('fruit').click();
    await page.waitForURL(/label=1/);
    await page.getByText('6 hits').waitFor();
    expect((await altTexts(page)).every((text) => text.includes('fruit'))).toBe(true);
    // The other labels keep their counts, so that they can be added.
    await expect(labels.innerText()).resolves.toMatch(/mammal\s+24/);
    await labels.getByText('insect').click();
    await page.getByText('12 hits').waitFor();
    await page.getByRole('button', { name: 'Remove the filter fruit' }).click();
    await page.getByText('6 hits').waitFor();
    await page.goBack();
    await page.getByText('12 hits').waitFor();
  });

  it('by attribute: values with counts, numbers and dates between bounds', async () => {
    const { page } = await context.visit('/?like=Image:6');
    const photograph = page.getByRole('group', { name: 'photograph' });
    await expect(photograph.innerText()).resolves.toMatch(/Yes\s+76[\s\S]*No\s+24/);
    await photograph.getByText('No', { exact: true }).click();
    await page.getByText('24 hits').waitFor();
    const price = page.getByRole('group', { name: 'price' });
    await price.getByLabel('price, to').fill('60');
    await page.keyboard.press('Enter');
    await page.waitForURL(/to\.price=60/);
    await page.getByRole('button', { name: /Remove the filter price ≤ 60/ }).waitFor();
    await summary(page)
      .getByText(/^(?:1?\d|2[0-3]) hits?$/)
      .waitFor();
    await page.goBack();
    await page.getByText('24 hits').waitFor();
  });

  it('by minimum score, with the keyboard too', async () => {
    const { page } = await context.visit('/?like=Image:6&min=0.6');
    await page.getByText(/^[1-9] hits?$/).waitFor();
    const slider = page.getByRole('slider', { name: 'Minimum score' });
    await slider.focus();
    await page.keyboard.press('End');
    await page.waitForURL(/min=1/);
    await page.getByRole('heading', { name: 'Nothing passes these filters' }).waitFor();
    await page.getByRole('button', { name: 'Remove all filters' }).click();
    await page.getByText('60 hits so far').waitFor();
  });

  it('by minimum confidence, where it is known', async () => {
    const { page } = await context.visit('/?like=Image:6&sure=0.5');
    await page.getByRole('button', { name: 'Remove the filter confidence ≥ 50%' }).waitFor();
    await page.getByText(/^[1-9]\d? hits?$/).waitFor();
    const slider = page.getByRole('slider', { name: 'Minimum confidence' });
    await slider.focus();
    await page.keyboard.press('End');
    await page.waitForURL(/sure=1/);
    await page.getByRole('heading', { name: 'Nothing passes these filters' }).waitFor();
    await page.goto(`${context.stack.url}/?like=Image:6&like=Image:7&sure=0.5`);
    await page.getByText('60 hits so far').waitFor();
    expect(await page.getByRole('slider', { name: 'Minimum confidence' }).count()).toBe(0);
  });

  it('make one step of the history for presses of a key without a rest', async () => {
    const { page } = await context.visit('/?like=Image:6&min=0.1');
    const slider = page.getByRole('slider', { name: 'Minimum score' });
    await slider.focus();
    const press = async (key: string, times: number) => {
      for (let time = 0; time < times; time++) await page.keyboard.press(key);
    };
    // Only the date stands still, so that a slow machine takes no rest.
    const now = Date.now();
    await page.clock.setFixedTime(now);
    await press('ArrowRight', 10);
    await page.waitForURL(/min=0\.2$/);
    await page.clock.setFixedTime(now + 2_000);
    await press('ArrowRight', 5);
    await page.waitForURL(/min=0\.25$/);
    await page.goBack();
    await page.waitForURL(/min=0\.2$/);
    await page.goBack();
    await page.waitForURL(/min=0\.1$/);
    // After going back, the next press is a step again, though there was no rest.
    await slider.focus();
    await press('ArrowRight', 1);
    await page.waitForURL(/min=0\.11$/);
    await page.goBack();
    await page.waitForURL(/min=0\.1$/);
  });

  it('group the views of one product', async () => {
    const { page } = await context.visit('/?like=Image:6&label=2');
    await page.getByLabel('Group the views').selectOption({ label: 'By product' });
    await page.waitForURL(/group=product/);
    await page
      .getByRole('list', { name: 'Hits' })
      .getByRole('img', { name: /^Another view/ })
      .first()
      .waitFor();
  });

  it('come back whole from a shared link', async () => {
    const address = '/?like=Image:6&label=1&label=5&is.photograph=true&from.price=2&min=0.1&unique=1';
    const first = await context.visit(address);
    await first.page.getByRole('list', { name: 'Hits' }).getByRole('link').first().waitFor();
    const second = await context.visit(address);
    await second.page.getByRole('list', { name: 'Hits' }).getByRole('link').first().waitFor();
    expect(await altTexts(second.page)).toEqual(await altTexts(first.page));
    await expect(second.page.getByRole('switch', { name: 'Hide duplicates' }).isChecked()).resolves.toBe(
      true,
    );
    expect(
      await second.page.getByRole('list', { name: 'Filters that apply' }).getByRole('button').count(),
    ).toBe(5);
  });

  it('are in a sheet on phones', async () => {
    const { page } = await context.visit('/?like=Image:6', { viewport: { width: 360, height: 740 } });
    await page.getByRole('button', { name: 'Filters' }).click();
    const sheet = page.getByRole('dialog', { name: 'Filters' });
    await sheet.getByText('fruit').click();
    await sheet.getByRole('button', { name: 'Show the hits' }).click();
    await page.getByText('6 hits').waitFor();
    await page.getByRole('button', { name: 'Filters (1)' }).waitFor();
  });

  it('are opened by a button in one row with those of the picture', async () => {
    const { page } = await context.visit('/?like=Image:6', { viewport: { width: 768, height: 1024 } });
    const boxOf = async (name: string) => (await page.getByRole('button', { name }).boundingBox())!;
    await page.getByRole('button', { name: 'Filters' }).waitFor();
    const [add, filters] = [await boxOf('Add'), await boxOf('Filters')];
    expect(filters.y).toBe(add.y);
    expect(filters.width).toBeLessThan(1.5 * add.width);
  });
});
