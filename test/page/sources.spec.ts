import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { overflowOf, seriousFindings } from './check-page.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { PictureHost, samples } from './picture-host.ts';

const host = await PictureHost.start();
const root = await mkdtemp(join(tmpdir(), 'lookalike-roots-'));

interface Named {
  sources: { nodes: Record<string, unknown>[] };
}

describeInBrowser('sources', { settings: { ...host.settings, IMPORT_ROOTS: root } }, (context) => {
  const card = (page: Page, name: string) => page.getByRole('article', { name });
  const sourcesOf = async (fields: string) =>
    (await context.stack.query<Named>(`{ sources { nodes { ${fields} } } }`)).sources.nodes;

  beforeAll(async () => {
    await mkdir(join(root, 'birds/wild'), { recursive: true });
    const birds = (await readdir(join(samples, 'images'))).filter((file) => file.startsWith('bird-'));
    for (const file of birds.slice(0, 10))
      await cp(join(samples, 'images', file), join(root, 'birds/wild', file));
    await writeFile(join(root, 'birds/wild/zz-broken.jpg'), 'no picture');
  });
  afterAll(async () => {
    await host.stop();
    await rm(root, { recursive: true, force: true });
  });

  it('are added from the catalogue, by keyboard too', async () => {
    const visit = await context.visit('/catalogue');
    visit.allow(/status of 403/);
    const { page } = visit;
    await page.getByRole('link', { name: 'Sources' }).click();
    await page.waitForURL(/\/catalogue\?sources$/);
    await page.getByRole('heading', { name: 'No sources yet' }).waitFor();
    await page.getByRole('button', { name: 'Add a source' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Add a source' });
    await dialog.getByRole('textbox', { name: 'Name of the source' }).fill('birds');
    await dialog.getByRole('textbox', { name: 'Dataset' }).fill('birds');
    const path = dialog.getByRole('textbox', { name: 'Path of the folder' });
    await path.fill('/etc');
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').waitFor();
    await path.fill('birds');
    await dialog.getByRole('button', { name: 'Add the source' }).click();
    await dialog.waitFor({ state: 'detached' });
    const birds = card(page, 'birds');
    await birds.getByText('Only when told').waitFor();
    await birds.getByText('It has not been synchronised with yet.').waitFor();
  });

  it('are synchronised with, and show what failed, also as a file', async () => {
    const { page } = await context.visit('/catalogue?sources');
    const birds = card(page, 'birds');
    await birds.getByRole('button', { name: 'Show what would change: birds' }).click();
    const dialog = page.getByRole('dialog', { name: 'What would change: birds' });
    await dialog.getByText('There is no dataset birds yet. 11 images would be added.').waitFor();
    await dialog.getByRole('button', { name: 'Synchronise now' }).click();
    await dialog.waitFor({ state: 'detached' });
    await birds.getByText(/10 added, 1 failed/).waitFor();
    await birds.getByRole('button', { name: 'Show 1 failed: birds' }).click();
    await birds.getByText('wild/zz-broken.jpg').waitFor();
    const download = page.waitForEvent('download');
    await birds.getByRole('button', { name: 'All as CSV' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^job-\d+-failures\.csv$/);
    const text = await readFile(await file.path(), 'utf8');
    expect(text).toMatch(/^item,code,message\r\nwild\/zz-broken\.jpg,UNSUPPORTED_MEDIA_TYPE,/);
  });

  it('say what would change, by kind with samples', async () => {
    const wild = join(root, 'birds/wild');
    const [first = ''] = await readdir(wild);
    await mkdir(join(root, 'birds/tame'), { recursive: true });
    await cp(join(wild, first), join(root, 'birds/tame', first));
    await rm(join(wild, first));
    await cp(join(samples, 'images/fruit-kiwi.jpg'), join(root, 'birds/tame/kiwi.jpg'));
    const { page } = await context.visit('/catalogue/birds/sources');
    await card(page, 'birds').getByRole('button', { name: 'Show what would change: birds' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Moved or renamed 1').waitFor();
    const shown = await dialog.innerText();
    expect(shown).toMatch(/New\s+1\s+tame\/kiwi\.jpg/);
    expect(shown).toContain(`tame/${first}`);
    expect(shown).toMatch(/Failed last time, and unchanged since\s+1\s+wild\/zz-broken\.jpg/);
    expect(shown).toMatch(/Unchanged\s+9/);
    // Nothing has happened yet.
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const { dataset } = await context.stack.query<{ dataset: { imageCount: number } }>(
      '{ dataset(name: "birds") { imageCount } }',
    );
    expect(dataset.imageCount).toBe(10);
    expect(await seriousFindings(page, () => card(page, 'birds').waitFor())).toEqual([]);
  });

  it('are stopped by their brake, and removed all the same once that is confirmed', async () => {
    const wild = join(root, 'birds/wild');
    for (const file of (await readdir(wild)).filter((name) => name.startsWith('bird-')).slice(0, 4))
      await rm(join(wild, file));
    const { page } = await context.visit('/catalogue/birds/sources');
    const birds = card(page, 'birds');
    await birds.getByRole('button', { name: 'Synchronise now: birds' }).click();
    await birds.getByText(/The source no longer has 4 of the 1\d images/).waitFor();
    await birds.getByText(/The brake has stopped this run/).waitFor();
    await birds.getByRole('button', { name: 'Remove them all the same…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/At most 1 may be removed by one run/).waitFor();
    expect(await dialog.innerText()).toMatch(/Gone from the source, to be removed\s+4\s+wild\/bird-/);
    expect(await seriousFindings(page, () => dialog.waitFor())).toEqual([]);
    await dialog.getByRole('button', { name: 'Remove 4 images all the same' }).click();
    await dialog.waitFor({ state: 'detached' });
    await birds.getByText(/4 removed/).waitFor();
    await birds.getByText(/The brake has stopped/).waitFor({ state: 'detached' });
  });

  it('are edited: when, and how carefully', async () => {
    const visit = await context.visit('/catalogue?sources');
    visit.allow(/status of 400/);
    const { page } = visit;
    const birds = card(page, 'birds');
    await birds.getByRole('button', { name: 'More: birds' }).click();
    await page.getByRole('menuitem', { name: 'Edit this source' }).click();
    const dialog = page.getByRole('dialog', { name: 'Edit birds' });
    await dialog.getByRole('button', { name: /Synchronise$/ }).click();
    await page.getByRole('option', { name: 'At the times of a cron pattern' }).click();
    await dialog.getByRole('textbox', { name: 'Cron pattern' }).fill('0 3 * *');
    await dialog.getByRole('textbox', { name: 'Time zone' }).fill('Europe/Vienna');
    const share = dialog.getByLabel('One run may remove at most (%)');
    await share.fill('200');
    await dialog.getByText('Write a number from 0 to 100.').waitFor();
    await share.fill('25');
    await dialog.getByRole('button', { name: 'Save the changes' }).click();
    await dialog
      .getByRole('alert')
      .getByText(/five fields/)
      .waitFor();
    expect(await seriousFindings(page, () => dialog.waitFor())).toEqual([]);
    await dialog.getByRole('textbox', { name: 'Cron pattern' }).fill('0 3 * * *');
    await dialog.getByRole('button', { name: 'Save the changes' }).click();
    await dialog.waitFor({ state: 'detached' });
    await birds.getByText(/At the times 0 3 \* \* \* in Europe\/Vienna · next run /).waitFor();
    expect(await sourcesOf('maxDelete schedule { cron } watch')).toEqual([
      { maxDelete: 0.25, schedule: { cron: '0 3 * * *' }, watch: false },
    ]);
  });

  it('are followed while they run, and cancelled', async () => {
    const files = (await readdir(join(samples, 'images'))).slice(0, 8);
    host.annotations = ['id,label,url', ...files.map((file, n) => `${n},any,${host.url(file)}`)].join('\n');
    host.isHeld = true;
    const { page } = await context.visit('/catalogue?new');
    await page
      .getByRole('textbox', { name: 'The address of an annotation file' })
      .fill(host.url('annotations.csv'));
    await page.getByRole('button', { name: 'Continue with this address' }).click();
    await page.getByRole('textbox', { name: 'Name of the dataset' }).fill('feed');
    await page.getByRole('button', { name: /What becomes of the images that are there$/ }).click();
    await page.getByRole('option', { name: /^Keep in step/ }).click();
    await page.getByRole('switch', { name: /^Keep this source/ }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('textbox', { name: 'Name of the source' }).fill('nightly-feed');
    await page.getByRole('button', { name: /Synchronise$/ }).click();
    await page.getByRole('option', { name: /after an interval/ }).click();
    await page.waitForURL(/mode=sync.*keep=nightly-feed&when=every&every=6h/);
    await page.reload();
    expect(await page.getByRole('textbox', { name: 'Interval' }).inputValue()).toBe('6h');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('switch', { name: /Build the index afterwards/ }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Keep the source and synchronise' }).click();
    await page.waitForURL(/\/catalogue\/feed$/);
    await page.goto(`${context.stack.url}/catalogue?sources`);
    const feed = card(page, 'nightly-feed');
    await feed.getByText(/^Every 6 hours · next run /).waitFor();
    await feed.getByRole('progressbar', { name: 'Importing pictures' }).waitFor();
    await feed.getByText(/Importing · 0 of 8 pictures/).waitFor();
    await feed.getByRole('button', { name: 'Cancel: Import' }).click();
    await feed.getByText('Cancelled').waitFor();
    host.release();
    expect(await sourcesOf('name kind')).toContainEqual({ name: 'nightly-feed', kind: 'URL' });
  });

  it('are removed once that is confirmed; their images stay', async () => {
    const { page } = await context.visit('/catalogue?sources');
    await card(page, 'nightly-feed').getByRole('button', { name: 'More: nightly-feed' }).click();
    await page.getByRole('menuitem', { name: 'Remove this source' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove the source' }).click();
    await card(page, 'nightly-feed').waitFor({ state: 'detached' });
    expect(await sourcesOf('name')).toEqual([{ name: 'birds' }]);
  });

  it('stand at their dataset, whose pictures are checked there', async () => {
    const { page } = await context.visit('/catalogue/birds/sources');
    const stored = page.getByRole('region', { name: 'Stored pictures' });
    await stored.getByRole('button', { name: 'Check all pictures' }).click();
    await stored.getByText('Check of files finished').waitFor();
    await stored.getByText(/^7 images · /).waitFor();
  });

  it('may be folders of the server, chosen where pictures are added', async () => {
    const { page } = await context.visit('/catalogue/birds/add');
    await page.getByRole('textbox', { name: 'The path of the folder' }).fill('birds');
    await page.getByRole('button', { name: 'Continue with this path' }).click();
    await page.getByText('The folder birds of the server').waitFor();
    await page.getByRole('button', { name: /What becomes of the images that are there$/ }).click();
    await page.getByRole('option', { name: /^Keep in step/ }).click();
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('heading', { name: 'What would change' }).waitFor();
    await page.getByText(/^Unchanged 7$/).waitFor();
    await page.getByRole('button', { name: 'Synchronise', exact: true }).waitFor();
    expect(await seriousFindings(page, () => page.getByText(/^Unchanged 7$/).waitFor())).toEqual([]);
  });

  it('fit a phone of 360 pixels', async () => {
    const { page } = await context.visit('/catalogue?sources', {
      viewport: { width: 360, height: 740 },
      isMobile: true,
      hasTouch: true,
    });
    await card(page, 'birds').waitFor();
    expect(await overflowOf(page)).toBe(0);
    await card(page, 'birds').getByRole('button', { name: 'Show what would change: birds' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/^Unchanged/).waitFor();
    expect(await overflowOf(page)).toBe(0);
    const overflow = await dialog.evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(overflow).toBe(0);
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.goto(`${context.stack.url}/catalogue/birds/sources`);
    await card(page, 'birds').waitFor();
    expect(await overflowOf(page)).toBe(0);
  });
});
