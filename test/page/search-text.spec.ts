import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { loadConfig } from '../../src/config/index.ts';
import { Downloader, DownloadsConfig } from '../../src/downloads/index.ts';
import { modelRegistry } from '../fixtures/model-registry.ts';
import { writePaintedPictures } from '../fixtures/painted-pictures.ts';
import { TWO_TOWERS, writeTwoTowers } from '../fixtures/two-towers.ts';
import { seriousFindings } from './check-page.ts';
import { describeInBrowser } from './describe-in-browser.ts';

const home = mkdtempSync(join(tmpdir(), 'lookalike-page-text-'));
const settings = { MODELS_DIR: join(home, 'models'), IMPORT_ROOTS: home };

describeInBrowser('words', { settings }, (context) => {
  beforeAll(async () => {
    const { vision, text, tokenizer } = await writeTwoTowers(home);
    const downloader = new Downloader(
      loadConfig([DownloadsConfig], {}).get(DownloadsConfig) as DownloadsConfig,
    );
    const registry = modelRegistry(settings.MODELS_DIR, downloader);
    await registry.register(await registry.propose(vision, { ...TWO_TOWERS, text, tokenizer }));
    await downloader.close();
    const { stack } = context;
    await stack.pause();
    await stack.resume();
    const { importDataset } = await stack.query<{ importDataset: { id: string } }>(
      'mutation ($path: String!) { importDataset(input: { dataset: "paint", directoryPath: $path }) { id } }',
      { path: await writePaintedPictures(home) },
    );
    await stack.jobEnd(importDataset.id);
    await build('efficientnet-lite0:int8');
  }, 180_000);
  afterAll(() => rm(home, { recursive: true, force: true }));

  const build = async (model: string) => {
    const { buildIndex } = await context.stack.query<{ buildIndex: { id: string } }>(
      'mutation ($model: String!) { buildIndex(input: { dataset: "paint", model: $model }) { id } }',
      { model },
    );
    await context.stack.jobEnd(buildIndex.id);
  };
  const field = (page: Page) => page.getByRole('searchbox', { name: 'Words that describe a picture' });
  const hit = (page: Page, rank: number) =>
    page.getByRole('img', { name: new RegExp(`^Hit ${rank}:`) }).first();

  it('are not asked for if the model compares pictures only', async () => {
    const { page } = await context.visit('/');
    await page.getByRole('button', { name: 'Choose a picture' }).waitFor();
    await page
      .getByRole('link')
      .filter({ has: page.getByRole('img') })
      .first()
      .waitFor();
    expect(await field(page).count()).toBe(0);
  });

  describe('with a model that has a text tower', () => {
    beforeAll(() => build('colours'), 180_000);

    it('find pictures, from the start', async () => {
      const { page } = await context.visit('/');
      await field(page).fill('a red coat');
      await field(page).press('Enter');
      await page.waitForURL(/\?text=a%20red%20coat&in=paint$/);
      await hit(page, 1).waitFor();
      expect(await hit(page, 1).getAttribute('alt')).toMatch(/^Hit 1: red/);
    });

    it('are changed, and combined with pictures', async () => {
      const { page } = await context.visit('/?text=red&in=paint');
      await field(page).fill('blue');
      await page.getByRole('button', { name: 'Search', exact: true }).click();
      await page.waitForURL(/text=blue/);
      await page
        .getByRole('img', { name: /^Hit 1: blue/ })
        .first()
        .waitFor();
      await hit(page, 1).hover();
      await page.getByRole('button', { name: 'More like this' }).first().click();
      await page.waitForURL(/like=Image:\d+&text=blue/);
      await page.getByRole('region', { name: 'Query' }).getByRole('img').first().waitFor();
      expect(await field(page).inputValue()).toBe('blue');
    });

    it('are left out again, and come back with the history', async () => {
      const { page } = await context.visit('/?like=Image:1&text=blue&in=paint');
      await field(page).fill('');
      await page.getByRole('button', { name: 'Search', exact: true }).click();
      await page.waitForURL((url) => !url.search.includes('text='));
      await page.goBack();
      await page.waitForURL(/text=blue/);
      expect(await field(page).inputValue()).toBe('blue');
    });

    it('can be used by everybody', async () => {
      const { page } = await context.visit('/?text=red&in=paint');
      expect(await seriousFindings(page, () => hit(page, 1).waitFor())).toEqual([]);
    });
  });
});
