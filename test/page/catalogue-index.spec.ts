import { expect, it } from '@jest/globals';
import { describeInBrowser } from './describe-in-browser.ts';

interface Indexes {
  dataset: { indexes: { state: string; model: { name: string | null } }[] };
}

describeInBrowser('the index of a dataset', { samples: true }, (context) => {
  const indexes = async () =>
    (
      await context.stack.query<Indexes>('{ dataset(name: "stamps") { indexes { state model { name } } } }')
    ).dataset.indexes.map(({ state, model }) => `${model.name} ${state}`);

  it('shows its state, its model and its drift', async () => {
    const { page } = await context.visit('/catalogue/stamps/index');
    const index = page.getByRole('region', { name: 'Current index' });
    await index.getByRole('heading', { name: 'Fast' }).waitFor();
    await index.getByText('Searchable').waitFor();
    await index.getByText('efficientnet-lite0@128:labels · 128 dimensions · float32').waitFor();
    await index.getByText('of 100 images').waitFor();
    const drift = page.getByRole('meter', { name: 'Drift' });
    await drift.waitFor();
    expect(await drift.getAttribute('aria-valuenow')).toBe('0');
    const labels = page.getByRole('region', { name: 'Labels' });
    await labels.getByText(/have learnt from 6 labels of 100 images/).waitFor();
    await labels.getByText(/altered copies of pictures/).waitFor();
  });

  it('is measured by searching with the images of the dataset', async () => {
    const { page } = await context.visit('/catalogue/stamps/index');
    const quality = page.getByRole('region', { name: 'Quality' });
    await quality.getByRole('button', { name: 'Measure' }).click();
    await quality.getByText('Measured on 100 searches with Fast.').waitFor({ timeout: 90_000 });
    expect(await quality.innerText()).toMatch(/The first hit has the same label\s+\d+%\s+\d+% to \d+%/);
    await quality.getByRole('button', { name: 'Measure again' }).waitFor();
  });

  it('changes its model while the former one keeps answering, and lets go of the former one', async () => {
    const { page } = await context.visit('/catalogue/stamps/index');
    await page.getByRole('button', { name: 'Change the model' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change the model' });
    await dialog.getByText(/^Best/).click();
    await dialog.getByRole('button', { name: 'Build the index' }).click();
    await page
      .getByRole('region', { name: 'What is running' })
      .getByRole('progressbar', { name: 'Building the index' })
      .waitFor();
    const index = page.getByRole('region', { name: 'Current index' });
    const others = page.getByRole('region', { name: 'Other indexes' });
    await index.getByRole('heading', { name: 'Best' }).waitFor({ timeout: 90_000 });
    await others.getByText('Fast').waitFor();
    await others.getByText(/^Replaced · 100 images/).waitFor();
    await page.getByText('Index build finished').waitFor({ timeout: 90_000 });
    expect(await indexes()).toEqual(['best READY', 'fast REPLACED']);
    await others.getByRole('button', { name: 'Delete 1 index' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete 1 index' }).click();
    await others.waitFor({ state: 'detached' });
    expect(await indexes()).toEqual(['best READY']);
  });

  it('fits its vectors again, to the current images', async () => {
    const ids = Array.from({ length: 24 }, (_, n) => ({ id: `Image:${77 + n}` }));
    await context.stack.query(
      'mutation ($images: [ImageRef!]!) { deleteImages(images: $images) { results { __typename } } }',
      { images: ids },
    );
    const { page } = await context.visit('/catalogue/stamps/index');
    await page.getByRole('button', { name: 'Fit again' }).click();
    await page.getByText('Index build finished').waitFor({ timeout: 90_000 });
    const { dataset } = await context.stack.query<{
      dataset: { index: { projection: { version: number } } };
    }>('{ dataset(name: "stamps") { index { projection { version } } } }');
    expect(dataset.index.projection.version).toBe(2);
  });
});
