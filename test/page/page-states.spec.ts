import { expect, it } from '@jest/globals';
import { describeInBrowser } from './describe-in-browser.ts';

describeInBrowser('a page without pictures', {}, (context) => {
  it('says how to get some', async () => {
    const { page } = await context.visit('/');
    await page.getByRole('heading', { name: 'Your catalogue is empty' }).waitFor();
    await page.getByRole('link', { name: 'Add pictures' }).click();
    await page.waitForURL(/\/catalogue$/);
    expect(await page.title()).toBe('Catalogue · Lookalike');
  });

  it('says that an address leads nowhere', async () => {
    const { page } = await context.visit('/nothing/here');
    await page.getByRole('heading', { name: 'There is no page at this address' }).waitFor();
    await page.getByRole('link', { name: 'Go to the search' }).click();
    await page.getByRole('heading', { name: /Show it a picture/ }).waitFor();
  });
});

describeInBrowser('states of the search', { samples: true }, (context) => {
  const REFUSED = /Failed to load resource: net::ERR_|WebSocket/;

  it('says that a picture has expired', async () => {
    const visit = await context.visit(`/?like=QueryPicture:${'A'.repeat(22)}`);
    visit.allow(/status of 404/);
    await visit.page.getByRole('heading', { name: 'This picture has expired' }).waitFor();
    await visit.page.getByText('QUERY_PICTURE_NOT_FOUND').waitFor();
    await visit.page.getByRole('link', { name: 'Start again' }).click();
    await visit.page.getByRole('heading', { name: /Show it a picture/ }).waitFor();
  });

  it('says that the server is gone, and goes on once it is back', async () => {
    const visit = await context.visit('/?like=Image:6');
    visit.allow(REFUSED);
    const { page } = visit;
    await page.getByRole('list', { name: 'Hits' }).getByRole('link').first().waitFor();
    await context.stack.pause();
    await page.getByRole('group', { name: 'Label' }).getByText('fruit').click();
    await page.getByText('The server does not answer.', { exact: true }).waitFor();
    await context.stack.resume();
    await page.getByText('The server is back').waitFor();
    await page.getByText('6 hits').waitFor();
  });

  it('loads a view whose code could not be fetched once the server is back', async () => {
    const visit = await context.visit('/?like=Image:6');
    visit.allow(REFUSED);
    visit.allow(/preload CSS|dynamically imported module/);
    const { page } = visit;
    const firstHit = page.getByRole('list', { name: 'Hits' }).getByRole('link').first();
    const unreachable = page.getByRole('heading', { name: 'The server does not answer' });
    await firstHit.waitFor();
    await context.stack.pause();
    await page.getByRole('link', { name: 'Duplicates' }).click();
    await unreachable.waitFor();
    await page.goBack();
    await unreachable.waitFor({ state: 'detached' });
    await firstHit.waitFor();
    await page.getByRole('link', { name: 'Catalogue' }).click();
    await unreachable.waitFor();
    await context.stack.resume();
    await page.getByRole('heading', { name: 'stamps' }).waitFor();
    await page.getByRole('link', { name: 'Duplicates' }).click();
    await page.getByRole('heading', { name: 'Duplicates', level: 1 }).waitFor();
  });

  it('opens a view again that failed while the server was gone', async () => {
    const visit = await context.visit('/?like=Image:6');
    visit.allow(REFUSED);
    visit.allow(/preload CSS|dynamically imported module/);
    const { page } = visit;
    await page.getByRole('list', { name: 'Hits' }).getByRole('link').first().waitFor();
    await context.stack.pause();
    await page.getByRole('link', { name: 'Catalogue' }).click();
    await page.getByRole('heading', { name: 'The server does not answer' }).waitFor();
    await page.goBack();
    await context.stack.resume();
    await page.getByText('The server is back').waitFor();
    await page.getByRole('link', { name: 'Catalogue' }).click();
    await page.getByRole('heading', { name: 'stamps' }).waitFor();
  });

  it('says that the network is gone, and keeps what is shown', async () => {
    const visit = await context.visit('/?like=Image:6');
    visit.allow(REFUSED);
    const { page } = visit;
    await page.getByRole('list', { name: 'Hits' }).getByRole('link').first().waitFor();
    await page.context().setOffline(true);
    await page.getByText('You are offline.').waitFor();
    expect(await page.getByRole('list', { name: 'Hits' }).getByRole('link').count()).toBeGreaterThan(5);
    await page.context().setOffline(false);
    await page.getByText('You are offline.').waitFor({ state: 'detached' });
  });

  it('remembers the theme that was chosen', async () => {
    const { page } = await context.visit('/', { colorScheme: 'light' });
    const brightness = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await page.getByRole('button', { name: /^Theme: as the system/ }).click();
    const light = await brightness();
    await page.getByRole('button', { name: /^Theme: light/ }).click();
    expect(await brightness()).not.toBe(light);
    await page.reload();
    await page.getByRole('button', { name: /^Theme: dark/ }).waitFor();
    expect(await brightness()).not.toBe(light);
  });

  it('loads at most 250 kB, compressed, before the first search', async () => {
    const { page } = await context.visit('/health/live');
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    const own: string[] = [];
    let bytes = 0;
    session.on('Network.responseReceived', ({ requestId, type }) => {
      if (type !== 'Image' && type !== 'Fetch') own.push(requestId);
    });
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (own.includes(requestId)) bytes += encodedDataLength;
    });
    await page.goto(`${context.stack.url}/?like=Image:6`);
    await page.getByRole('list', { name: 'Hits' }).getByRole('link').first().waitFor();
    await page.locator('.ReactCrop').waitFor();
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThanOrEqual(250_000);
  });
});
