import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { blobsOf } from '../fixtures/pictures.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { samples } from './picture-host.ts';
import { putPictures } from './put-pictures.ts';

interface StoredImage {
  image: {
    sha256: string;
    labels: { name: string }[];
    attributes: { name: string; value: unknown }[];
  } | null;
}

describeInBrowser('the images of a dataset', { samples: true }, (context) => {
  const grid = (page: Page) => page.getByRole('list', { name: 'Images of stamps' });
  const stored = async (id: string) =>
    (
      await context.stack.query<StoredImage>(
        'query ($id: ID!) { image(id: $id) { sha256 labels { name } attributes { name value } } }',
        { id },
      )
    ).image;

  it('are found from the overview of all datasets', async () => {
    const { page } = await context.visit('/catalogue');
    const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'stamps' }) });
    await card.getByText('Searchable').waitFor();
    await card.getByText(/^100 images · mammal, house, bird, flower and 2 more labels$/).waitFor();
    await card.getByRole('link', { name: 'stamps' }).click();
    await page.waitForURL(/\/catalogue\/stamps$/);
    await grid(page).getByRole('link').first().waitFor();
  });

  it('are filtered by labels and attributes with counts, and the address says so', async () => {
    const { page } = await context.visit('/catalogue/stamps');
    const labels = page.getByRole('group', { name: 'Label' });
    await labels.waitFor();
    expect(await labels.innerText()).toMatch(/mammal\s+24[\s\S]*fruit\s+7/);
    await labels.getByText('fruit').click();
    await page.waitForURL(/\?label=5|\?label=1/);
    await page.getByText('7 of 100 images').waitFor();
    await labels.getByText('insect').click();
    await page.getByText('13 of 100 images').waitFor();
    await page.getByLabel('price, to').fill('20');
    await page.keyboard.press('Enter');
    await page.waitForURL(/to\.price=20/);
    await page.getByText('7 of 100 images').waitFor();
    const shared = await context.visit(new URL(page.url()).pathname + new URL(page.url()).search);
    await shared.page.getByText('7 of 100 images').waitFor();
    expect(await grid(shared.page).getByRole('link').count()).toBe(7);
    await page.getByRole('button', { name: 'Remove the filter insect' }).click();
    await page.goBack();
    await page.getByRole('button', { name: 'Remove all' }).click();
    await page.getByText('100 images').last().waitFor();
    await page.goto(`${context.stack.url}/catalogue/stamps?is.product=nothing-like-it`);
    await page.getByRole('button', { name: 'Show all images' }).click();
    await grid(page).getByRole('link').first().waitFor();
  });

  it('are opened with the keyboard, and left with it', async () => {
    const { page } = await context.visit('/catalogue/stamps');
    await grid(page).getByRole('link').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.waitForURL(/image=Image:2$/);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('link', { name: 'Find similar' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/image=Image:3$/);
    await dialog.locator('img[src*="/images/3"]').first().waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL(/stamps$/);
    await dialog.waitFor({ state: 'detached' });
  });

  it.each(['dialog', 'Find similar', 'Previous image'])(
    'are left with Escape in the instant after an arrow key, whatever has the focus: %s',
    async (name) => {
      const { page } = await context.visit('/catalogue/stamps?image=Image:2');
      const dialog = page.getByRole('dialog');
      const similar = dialog.getByRole('link', { name: 'Find similar' });
      await similar.waitFor();
      await page.waitForFunction(() => document.activeElement?.closest('[role=dialog]') != null);
      if (name === 'Find similar') await similar.focus();
      // The first image has no image before it, so that this button is gone as well.
      else if (name === 'Previous image')
        await dialog.getByRole('button', { name: 'Previous image' }).focus();
      const key = name === 'Previous image' ? 'ArrowLeft' : 'ArrowRight';
      // Not a frame passes between the two.
      const focused = await page.evaluate(async (arrow) => {
        const press = (pressed: string) =>
          (document.activeElement ?? document.body).dispatchEvent(
            new KeyboardEvent('keydown', { key: pressed, bubbles: true, cancelable: true }),
          );
        press(arrow);
        await Promise.resolve();
        const has = document.activeElement?.closest('[role=dialog]') != null;
        press('Escape');
        return has;
      }, key);
      expect(focused).toBe(true);
      await page.waitForURL(/stamps$/);
      await dialog.waitFor({ state: 'detached' });
    },
  );

  it('say what is wrong with files that are slightly damaged', async () => {
    const bytes = await blobsOf(77);
    const ids = await putPictures(context.stack, 'damaged', [{ name: 'cut', bytes: bytes.subarray(0, -2) }]);
    const { page } = await context.visit(`/catalogue/damaged?image=${ids.get('cut')}`);
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The mark at the end of its file is missing; the picture is whole.').waitFor();
  });

  it('are rendered only where they are seen, to the last one', async () => {
    const { page } = await context.visit('/catalogue/stamps', { viewport: { width: 700, height: 500 } });
    await grid(page).getByRole('link').first().focus();
    const rendered = () => grid(page).getByRole('listitem').count();
    expect(await rendered()).toBeLessThan(60);
    await page.keyboard.press('End');
    await page.locator('[data-index="99"] a:focus').waitFor();
    expect(await rendered()).toBeLessThan(60);
  });

  it('lead to what looks like them', async () => {
    const { page } = await context.visit('/catalogue/stamps');
    const tile = grid(page).getByRole('listitem').first();
    await tile.hover();
    await tile.getByRole('button', { name: 'Find similar images' }).click();
    await page.waitForURL(/\/\?like=Image:1&in=stamps$/);
    await page.getByRole('list', { name: 'Hits' }).getByRole('link').first().waitFor();
  });

  it('get other labels and attributes', async () => {
    const { page } = await context.visit('/catalogue/stamps?image=Image:8');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Add the label insect' }).click();
    await dialog.getByRole('textbox', { name: 'Labels: add' }).fill('garden');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Remove the label flower' }).click();
    await dialog.getByRole('spinbutton', { name: 'price' }).fill('99');
    await dialog.getByRole('button', { name: 'Remove photograph' }).click();
    await dialog.getByRole('button', { name: 'Add an attribute' }).click();
    await dialog.getByRole('textbox', { name: 'Attribute' }).fill('2 bad');
    await dialog.getByText(/Begin with a letter/).waitFor();
    await dialog.getByRole('textbox', { name: 'Attribute' }).fill('colour');
    await dialog.getByRole('textbox', { name: 'Value' }).fill('pink');
    await dialog.getByRole('button', { name: 'Add the attribute' }).click();
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('1 image changed').waitFor();
    const image = (await stored('Image:8'))!;
    expect(image.labels.map(({ name }) => name).sort()).toEqual(['garden', 'insect']);
    const attributes = Object.fromEntries(image.attributes.map(({ name, value }) => [name, value]));
    expect(attributes).toMatchObject({ colour: 'pink', price: 99 });
    expect(attributes).not.toHaveProperty('photograph');
    await dialog.getByRole('button', { name: 'Save changes' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.getByRole('group', { name: 'Label' }).getByText('garden').waitFor();
  });

  it('say in their dialog that a change could not be saved, and keep it', async () => {
    const visit = await context.visit('/catalogue/stamps?image=Image:10');
    visit.allow(/Failed to load resource: net::ERR_|WebSocket/);
    const { page } = visit;
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Add the label insect' }).click();
    await context.stack.pause();
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await page.getByRole('alertdialog').getByText('The server does not answer').waitFor();
    await context.stack.resume();
    await page.getByText('The server is back').waitFor();
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('1 image changed').waitFor();
    expect((await stored('Image:10'))!.labels.map(({ name }) => name)).toContain('insect');
  });

  it('are not left with unsaved changes without a question', async () => {
    const { page } = await context.visit('/catalogue/stamps?image=Image:12');
    const dialog = page.getByRole('dialog').first();
    const question = page.getByRole('dialog', { name: 'Discard your changes?' });
    await dialog.getByRole('textbox', { name: 'Labels: add' }).fill('meadow');
    await dialog.getByRole('button', { name: 'Next image' }).click();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    // The focus returns a frame later, and Escape belongs to what has it.
    await page.waitForFunction(() => document.activeElement?.closest('[role=dialog]') != null);
    await page.keyboard.press('Escape');
    await question.waitFor();
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    expect(page.url()).toMatch(/image=Image:12$/);

    // A change by somebody else brings the image again.
    await context.stack.query(
      'mutation ($id: ID!) { updateImages(images: [{ image: { id: $id }, attributes: [{ name: "colour", value: "red" }] }]) { results { __typename } } }',
      { id: 'Image:12' },
    );
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('1 image changed').waitFor();
    await dialog.getByRole('button', { name: 'Save changes' }).waitFor({ state: 'detached' });
    await dialog.getByRole('textbox', { name: 'colour' }).waitFor();
    const image = (await stored('Image:12'))!;
    expect(image.labels.map(({ name }) => name)).toContain('meadow');
    expect(image.attributes).toContainEqual({ name: 'colour', value: 'red' });

    await dialog.getByRole('spinbutton', { name: 'price' }).fill('1');
    await dialog.getByRole('button', { name: 'Next image' }).click();
    await question.getByRole('button', { name: 'Discard the changes' }).click();
    await page.waitForURL(/image=Image:13$/);
    await question.waitFor({ state: 'detached' });
  });

  it('keep unsaved changes when the browser goes back or closes the page, unless that is confirmed', async () => {
    const { page } = await context.visit('/catalogue/stamps');
    await grid(page).getByRole('link').first().click();
    await page.waitForURL(/image=/);
    const address = page.url();
    const dialog = page.getByRole('dialog').first();
    const question = page.getByRole('dialog', { name: 'Discard your changes?' });
    await dialog.getByRole('textbox', { name: 'Labels: add' }).click();
    await page.keyboard.type('meadow');
    await page.goBack();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    expect(page.url()).toBe(address);

    const asked = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    expect((await asked).type()).toBe('beforeunload');
    await (await asked).dismiss();

    await dialog.getByRole('link', { name: 'Find similar' }).click();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    expect(page.url()).toBe(address);

    await page.goBack();
    await question.getByRole('button', { name: 'Discard the changes' }).click();
    await page.waitForURL(/\/catalogue\/stamps$/);
    await dialog.waitFor({ state: 'detached' });
  });

  it('are closed without their changes when there is nothing to go back to', async () => {
    const visit = await context.visit('/health/live');
    const page = await visit.page.context().newPage();
    // The first entry of the history is the image.
    await page.evaluate(
      (address) => location.replace(address),
      `${context.stack.url}/catalogue/stamps?image=Image:14`,
    );
    const dialog = page.getByRole('dialog').first();
    const question = page.getByRole('dialog', { name: 'Discard your changes?' });
    await dialog.getByRole('textbox', { name: 'Labels: add' }).fill('meadow');
    await page.goBack();
    await question.getByRole('button', { name: 'Discard the changes' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.waitForURL(/\/catalogue\/stamps$/);
    await grid(page).getByRole('link').first().waitFor();
  });

  it('are no longer shown once somebody else has deleted the dataset', async () => {
    const { stack } = context;
    await putPictures(stack, 'fleeting', [{ name: 'one', bytes: await blobsOf(77) }]);
    const visit = await context.visit('/catalogue/fleeting');
    visit.allow(/404/);
    const { page } = visit;
    await page.getByRole('list', { name: 'Images of fleeting' }).getByRole('link').first().waitFor();
    await stack.query('mutation { deleteDataset(dataset: "fleeting") { id } }');
    await page.getByRole('heading', { name: 'This dataset has been deleted' }).waitFor();
    await page.getByRole('link', { name: 'Show all datasets' }).click();
    await page.waitForURL(/\/catalogue$/);
  });

  it('get them together when several are selected', async () => {
    const { page } = await context.visit('/catalogue/stamps?label=1');
    const tiles = grid(page).getByRole('listitem');
    await tiles.first().hover();
    await tiles.first().getByRole('button', { name: 'Select' }).click();
    // While something is selected, a press selects.
    await tiles.nth(1).getByRole('link').click();
    const bar = page.getByRole('region', { name: 'Selected images' });
    await bar.getByText('2 selected').waitFor();
    await bar.getByRole('button', { name: 'Select all 7' }).click();
    await bar.getByText('7 selected').waitFor();
    await bar.getByRole('button', { name: 'Labels' }).click();
    const labels = page.getByRole('dialog', { name: 'Labels of 7 images' });
    await labels.getByRole('textbox', { name: 'Labels to add: add' }).fill('food');
    await page.keyboard.press('Enter');
    await labels.getByRole('button', { name: 'Change 7 images' }).click();
    await page.getByText('7 images changed').waitFor();
    await bar.getByRole('button', { name: 'Attributes' }).click();
    const attributes = page.getByRole('dialog', { name: 'Attributes of 7 images' });
    await attributes.getByRole('textbox', { name: 'Attribute' }).fill('edible');
    await attributes.getByRole('button', { name: /Kind/ }).click();
    await page.getByRole('option', { name: 'Yes or no' }).click();
    await attributes.getByRole('button', { name: /Value/ }).click();
    await page.getByRole('option', { name: 'Yes' }).click();
    await attributes.getByRole('button', { name: 'Set for 7 images' }).click();
    await attributes.waitFor({ state: 'detached' });
    const { images } = await context.stack.query<{ images: { totalCount: number } }>(
      `{ images(dataset: "stamps", filter: { and: [
          { labels: ["food"] }, { attribute: { name: "edible", eq: true } }
        ] }) { totalCount } }`,
    );
    expect(images.totalCount).toBe(7);
    await bar.getByRole('button', { name: 'Clear the selection' }).click();
    await bar.waitFor({ state: 'detached' });
  });

  it('are replaced once that is confirmed', async () => {
    const { page } = await context.visit('/catalogue/stamps?image=Image:20');
    const before = (await stored('Image:20'))!;
    const dialog = page.getByRole('dialog').first();
    await dialog.getByRole('button', { name: 'Replace' }).waitFor();
    await page.locator('input[type=file]').setInputFiles(join(samples, 'queries', 'fruit-avocado.jpg'));
    const confirm = page.getByRole('dialog', { name: 'Replace this picture?' });
    await confirm.getByRole('img', { name: 'The new picture' }).waitFor();
    expect((await stored('Image:20'))!.sha256).toBe(before.sha256);
    await confirm.getByRole('button', { name: 'Replace the picture' }).click();
    await page.getByText('Picture replaced').waitFor();
    const after = (await stored('Image:20'))!;
    expect(after.sha256).not.toBe(before.sha256);
    expect(after.labels).toEqual(before.labels);
  });

  it('are deleted once that is confirmed, one and several', async () => {
    const { page } = await context.visit('/catalogue/stamps?image=Image:30');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete this image' }).click();
    const one = page.getByRole('dialog', { name: 'Delete this image?' });
    await one.getByRole('button', { name: 'Cancel' }).click();
    await one.waitFor({ state: 'detached' });
    expect(await stored('Image:30')).not.toBeNull();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete this image' }).click();
    await one.getByRole('button', { name: 'Delete the image' }).click();
    await page.waitForURL(/stamps$/);
    await page.getByText('99 images').last().waitFor();
    expect(await stored('Image:30')).toBeNull();
    const tiles = grid(page).getByRole('listitem');
    await tiles.first().hover();
    await tiles.first().getByRole('button', { name: 'Select' }).click();
    await tiles.nth(1).getByRole('link').click();
    await page
      .getByRole('region', { name: 'Selected images' })
      .getByRole('button', { name: 'Delete' })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete 2 images' }).click();
    await page.getByText('97 images').last().waitFor();
    expect(await stored('Image:1')).toBeNull();
  });

  it('say when there is no such dataset or image', async () => {
    const missing = await context.visit('/catalogue/nothing');
    await missing.page.getByRole('heading', { name: 'There is no such dataset' }).waitFor();
    const { page } = await context.visit('/catalogue/stamps?image=Image:99999');
    await page.getByRole('heading', { name: 'There is no such image in this dataset' }).waitFor();
  });
});
