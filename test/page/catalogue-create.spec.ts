import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { describeInBrowser } from './describe-in-browser.ts';
import { dropFiles } from './drop-files.ts';
import { PictureHost, samples } from './picture-host.ts';

/** Where a sample picture is, whether it is in the catalogue or to search with. */
const pictureOf = (file: string) =>
  ['images', 'queries'].map((name) => join(samples, name, file)).find((path) => existsSync(path))!;

const host = await PictureHost.start();

describeInBrowser('creating a dataset', { settings: host.settings }, (context) => {
  let folder: string;
  beforeAll(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'lookalike-drop-')), 'My Garden');
    for (const file of await readdir(join(samples, 'images'))) {
      const label = /^(fruit|flower)-/.exec(file)?.[1];
      if (label === undefined) continue;
      await mkdir(join(folder, label), { recursive: true });
      await cp(join(samples, 'images', file), join(folder, label, file));
    }
  });
  afterEach(() => {
    host.release();
    host.missing.clear();
  });
  afterAll(async () => {
    await host.stop();
    await rm(join(folder, '..'), { recursive: true, force: true });
  });

  it('starts from an empty catalogue', async () => {
    const { page } = await context.visit('/catalogue');
    await page.getByRole('heading', { name: 'Your catalogue is empty' }).waitFor();
    await page.getByRole('link', { name: 'Create the first dataset' }).click();
    await page.getByRole('heading', { name: 'Drop a folder here' }).waitFor();
    expect(page.url()).toMatch(/\/catalogue\?new$/);
  });

  it('by dropping a folder, whose sub-folders become labels', async () => {
    const { page } = await context.visit('/catalogue?new');
    await page.getByRole('heading', { name: 'Drop a folder here' }).waitFor();
    await dropFiles(page, '[data-rac]:has(> h2)', [folder]);
    const name = page.getByRole('textbox', { name: 'Name of the dataset' });
    await name.waitFor();
    expect(await name.inputValue()).toBe('my-garden');
    await page.getByText(/^24 pictures, /).waitFor();
    await page.getByRole('button', { name: 'Upload and preview' }).click();
    const labels = page.getByRole('list', { name: 'Pictures of each label' });
    await labels.waitFor();
    expect(await labels.innerText()).toMatch(/flower\s+17[\s\S]*fruit\s+7/);
    // Nothing is imported before it is asked for.
    await expect(context.stack.query('{ datasets { totalCount } }')).resolves.toEqual({
      datasets: { totalCount: 0 },
    });
    await page.getByRole('button', { name: 'Import 24 pictures' }).click();
    await page.waitForURL(/\/catalogue\/my-garden$/);
    await page.getByRole('list', { name: 'Images of my-garden' }).getByRole('link').first().waitFor();
    // The index is built afterwards.
    await page.getByText('Searchable', { exact: true }).waitFor();
    await page.getByRole('group', { name: 'Label' }).getByText('fruit').click();
    await page.getByText('7 of 24 images').waitFor();
  });

  it('can be followed by more pictures, which the index has to be told about', async () => {
    const { page } = await context.visit('/catalogue/my-garden');
    await page.getByRole('link', { name: 'Add pictures' }).click();
    await page.getByRole('heading', { name: 'Add pictures to my-garden' }).waitFor();
    await page
      .locator('input[type=file]:not([webkitdirectory])')
      .setInputFiles(['bird-blackbird.jpg', 'house-igloo.jpg'].map((file) => pictureOf(file)));
    await page.getByRole('button', { name: 'Upload and preview' }).click();
    await page.getByRole('switch', { name: /Build the index afterwards/ }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Import 2 pictures' }).click();
    await page.waitForURL(/\/catalogue\/my-garden$/);
    const notice = page.getByRole('region', { name: 'Index' });
    await notice.getByText('2 images have changed').waitFor();
    await notice.getByRole('button', { name: 'Bring the index up to date' }).click();
    await page.getByText('Searchable', { exact: true }).waitFor();
    await notice.waitFor({ state: 'detached' });
    await page.getByText('No label').first().waitFor();
  });

  it('from an annotation file with its pictures', async () => {
    const { page } = await context.visit('/catalogue?new');
    await page.locator('input[type=file][webkitdirectory]').setInputFiles(samples);
    await page.getByRole('button', { name: 'annotations.json' }).waitFor();
    await page.getByRole('textbox', { name: 'Name of the dataset' }).fill('Stamps!');
    await page.getByText('Use lower-case letters, digits and hyphens, at most 63 of them.').waitFor();
    expect(await page.getByRole('button', { name: 'Upload and preview' }).isDisabled()).toBe(true);
    await page.getByRole('textbox', { name: 'Name of the dataset' }).fill('stamps');
    await page.getByRole('button', { name: 'Upload and preview' }).click();
    await page.getByRole('checkbox', { name: 'image_id' }).waitFor();
    await page.getByText('image_id', { exact: true }).click();
    await page.getByText('image_id: number, in 100 pictures').waitFor();
    await page.getByRole('switch', { name: /Build the index afterwards/ }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Import 100 pictures' }).click();
    await page.waitForURL(/\/catalogue\/stamps$/);
    await page.getByText('Not searchable yet.').waitFor();
    await page.getByRole('group', { name: 'image_id' }).waitFor();
    await page.getByRole('button', { name: 'Build the index' }).click();
    await page.getByRole('progressbar', { name: 'Building the index' }).waitFor();
    await page.getByText('Searchable', { exact: true }).waitFor();
  });

  it('holds its step in the address, which going back and loading again rely on', async () => {
    const { page } = await context.visit('/catalogue?new');
    await page
      .locator('input[type=file]:not([webkitdirectory])')
      .setInputFiles(['bird-blackbird.jpg', 'house-igloo.jpg'].map((file) => pictureOf(file)));
    const name = page.getByRole('textbox', { name: 'Name of the dataset' });
    await name.fill('addressed');
    await page.waitForURL(/\?new&step=plan&name=addressed$/);
    await page.getByRole('button', { name: 'Upload and preview' }).click();
    const run = page.getByRole('button', { name: 'Import 2 pictures' });
    await run.waitFor();
    await page.waitForURL(/step=preview&stage=/);
    await page.goBack();
    expect(await name.inputValue()).toBe('addressed');
    await page.goForward();
    await run.waitFor();
    // The service has the files, so they outlive the page.
    await page.reload();
    await run.waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByText('The files that have been sent').waitFor();
    expect(await name.inputValue()).toBe('addressed');
    await page.goBack();
    await page.getByRole('heading', { name: 'Drop a folder here' }).waitFor();
    await page.goto(`${context.stack.url}/catalogue?new&step=plan&name=addressed`);
    await page.getByText('The files that you chose are no longer at hand.').waitFor();
  });

  it('keeps what was sent while somebody goes back to the beginning, or away', async () => {
    const visit = await context.visit('/catalogue');
    visit.allow(/status of 404/);
    const { page } = visit;
    await page.getByRole('link', { name: 'New dataset' }).click();
    await page
      .locator('input[type=file]:not([webkitdirectory])')
      .setInputFiles(['bird-blackbird.jpg', 'house-igloo.jpg'].map((file) => pictureOf(file)));
    await page.getByRole('textbox', { name: 'Name of the dataset' }).fill('kept');
    await page.getByRole('button', { name: 'Upload and preview' }).click();
    const run = page.getByRole('button', { name: 'Import 2 pictures' });
    await run.waitFor();
    await page.goBack();
    await page.goBack();
    await page.getByRole('heading', { name: 'Drop a folder here' }).waitFor();
    await page.getByText(/^2 pictures, /).waitFor();
    await page.getByRole('button', { name: 'Continue with what you have chosen' }).click();
    await page.getByRole('button', { name: 'Upload and preview' }).click();
    await run.waitFor();
    await page.getByRole('link', { name: 'Catalogue', exact: true }).last().click();
    await page.getByRole('heading', { name: 'Catalogue', level: 1 }).waitFor();
    await page.goBack();
    await run.waitFor();

    const stage = new URL(page.url()).searchParams.get('stage');
    await context.stack.query('mutation ($id: ID!) { discardStage(id: $id) }', { id: stage });
    await page.reload();
    await page.getByRole('heading', { name: 'The server no longer has these files' }).waitFor();
    await page.getByRole('button', { name: 'Choose files' }).click();
    await page.getByRole('heading', { name: 'Drop a folder here' }).waitFor();
  });

  it('says when there is nothing to import in what was chosen', async () => {
    const { page } = await context.visit('/catalogue?new');
    await page
      .locator('input[type=file]:not([webkitdirectory])')
      .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
    await page
      .getByRole('alert')
      .getByText(/There is no picture and no annotation file/)
      .waitFor();
  });

  it('from a URL, with live bars, and can be cancelled', async () => {
    const files = (await readdir(join(samples, 'images'))).slice(0, 30);
    host.annotations = ['id,label,url', ...files.map((file, n) => `${n},bird,${host.url(file)}`)].join('\n');
    host.isHeld = true;
    const { page } = await context.visit('/catalogue?new');
    await page
      .getByRole('textbox', { name: 'The address of an annotation file' })
      .fill(host.url('annotations.csv'));
    await page.getByRole('button', { name: 'Continue with this address' }).click();
    await page.getByRole('textbox', { name: 'Name of the dataset' }).fill('birds');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page
      .getByText(`From 127.0.0.1:${host.port} (30)`)
      .or(page.getByText('From 127.0.0.1 (30)'))
      .waitFor();
    await page.getByRole('button', { name: 'Import 30 pictures' }).click();
    await page.waitForURL(/\/catalogue\/birds$/);
    const running = page.getByRole('region', { name: 'What is running' });
    await running.getByRole('progressbar', { name: 'Importing pictures' }).waitFor();
    await running.getByText(/0 of 30 pictures/).waitFor();
    await running.getByText('Waiting for its turn').waitFor();
    // The overview shows it too.
    await page.getByRole('link', { name: 'Catalogue', exact: true }).last().click();
    await page.getByRole('progressbar', { name: 'Importing pictures' }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Cancel: Import' }).click();
    await page.getByText('Import cancelled', { exact: true }).first().waitFor();
  });

  it('shows failures by reason, and retries them', async () => {
    const files = (await readdir(join(samples, 'images'))).slice(0, 12);
    host.annotations = ['id,label,url', ...files.map((file, n) => `${n},bird,${host.url(file)}`)].join('\n');
    for (const file of files.slice(0, 5)) host.missing.add(file);
    const { page } = await context.visit('/catalogue?new');
    await page
      .getByRole('textbox', { name: 'The address of an annotation file' })
      .fill(host.url('annotations.csv'));
    await page.getByRole('button', { name: 'Continue with this address' }).click();
    await page.getByRole('textbox', { name: 'Name of the dataset' }).fill('gaps');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('button', { name: 'Import 12 pictures' }).click();
    await page.waitForURL(/\/catalogue\/gaps$/);
    await page.getByRole('tab', { name: 'Activity' }).click();
    await page.waitForURL(/\/catalogue\/gaps\/activity$/);
    const reason = page.getByRole('listitem').filter({ hasText: 'The host answered with an error 5' });
    await reason.waitFor();
    await reason.getByRole('button', { name: /^Show the pictures/ }).click();
    await reason.getByText(host.url(files[0]!)).waitFor();
    await reason
      .getByText(/HTTP 404/)
      .first()
      .waitFor();
    await page.getByText(/^7 pictures, 5 failed · /).waitFor();
    await page.getByRole('button', { name: /^Show 5 failed: Import/ }).click();
    await page.getByRole('heading', { name: 'The host answered with an error (5)' }).waitFor();
    host.missing.clear();
    await reason.getByRole('button', { name: /^Retry/ }).click();
    await reason.waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: 'Images' }).click();
    await page.getByText('12 images').first().waitFor();
  });

  it('can be undone: the dataset is deleted once its name is typed', async () => {
    const { page } = await context.visit('/catalogue/gaps');
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Delete this dataset' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete gaps?' });
    const confirm = dialog.getByRole('button', { name: 'Delete the dataset' });
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByRole('textbox', { name: 'Type gaps to confirm' }).fill('gaps');
    await confirm.click();
    await page.waitForURL(/\/catalogue$/);
    await page.getByText('Deletion finished').waitFor();
    await page.getByRole('link', { name: 'birds' }).waitFor();
    expect(await page.getByRole('link', { name: 'gaps' }).count()).toBe(0);
    await expect(context.stack.query('{ dataset(name: "gaps") { id } }')).resolves.toEqual({ dataset: null });
  });
});
