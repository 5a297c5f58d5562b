import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser } from './describe-in-browser.ts';
import { built } from './stack.ts';

describeInBrowser('several examples', { samples: true }, (context) => {
  const tile = (page: Page, rank: number) =>
    page
      .getByRole('listitem')
      .filter({ has: page.getByRole('img', { name: new RegExp(`^Hit ${rank}:`) }) })
      .first();
  const tray = (page: Page) => page.getByRole('list', { name: 'Examples' });

  it('are collected with "more like this" and "less like this"', async () => {
    const { page } = await context.visit('/?like=Image:6');
    await tile(page, 1).hover();
    await tile(page, 1).getByRole('button', { name: 'More like this' }).click();
    await page.waitForURL(/like=Image:6&like=Image:\d+$/);
    await tray(page).getByRole('button', { name: 'Example 2, more like this' }).waitFor();
    await tile(page, 2).hover();
    await tile(page, 2).getByRole('button', { name: 'Less like this' }).click();
    await page.waitForURL(/&unlike=Image:\d+$/);
    await tray(page).getByRole('button', { name: 'Example 3, less like this' }).waitFor();
    await page.getByRole('list', { name: 'Hits' }).getByRole('link').first().waitFor();
    await tray(page).getByRole('button', { name: 'Remove example 2' }).click();
    await page.waitForURL(/like=Image:6&unlike=Image:\d+$/);
    expect(await tray(page).getByRole('listitem').count()).toBe(2);
    await page.goBack();
    await tray(page).getByRole('button', { name: 'Example 3, less like this' }).waitFor();
  });

  it('have weights that move the hits', async () => {
    const { page } = await context.visit('/?like=Image:6&like=Image:30');
    await page.getByRole('list', { name: 'Hits' }).getByRole('link').first().waitFor();
    await tray(page).getByRole('button', { name: 'Example 2' }).first().click();
    const slider = page.getByRole('slider', { name: 'More like this' });
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(/like=Image:30\*0.9/);
    await page.keyboard.press('Home');
    await page.waitForURL(/unlike=Image:30\*1/);
    await page.getByRole('slider', { name: 'Less like this' }).waitFor();
  });

  it('have weights that cross zero by keyboard', async () => {
    const { page } = await context.visit('/?like=Image:6*0.2&like=Image:30');
    const slider = page.getByRole('slider', { name: 'More like this' });
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(/\?like=Image:6\*0\.1&/);
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(/\?unlike=Image:6\*0\.1&/);
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(/\?unlike=Image:6\*0\.2&/);
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/\?unlike=Image:6\*0\.1&/);
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/\?like=Image:6\*0\.1&/);
  });

  it('show what counts against if nothing else is left', async () => {
    const { page } = await context.visit('/?like=Image:6*0.5&unlike=Image:20*0.1');
    await tray(page).getByRole('button', { name: 'Remove example 1' }).click();
    await page.waitForURL(/\?unlike=Image:20\*0\.1$/);
    await tray(page).getByRole('button', { name: 'Example 1, less like this' }).waitFor();
    await page.getByRole('slider', { name: 'Less like this' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/\?like=Image:20\*0\.1$/);
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/\?like=Image:20\*0\.2$/);
  });

  it('can be pictures from elsewhere', async () => {
    const { page } = await context.visit('/?like=Image:6');
    await page.getByRole('button', { name: 'Add', exact: true }).waitFor();
    await page
      .getByTestId('file')
      .setInputFiles(join(built, '..', 'samples', 'stamps', 'queries', 'fruit-avocado.jpg'));
    await page.waitForURL(/like=Image:6&like=QueryPicture:/);
    await tray(page).getByRole('button', { name: 'Example 2, more like this' }).waitFor();
  });
});
