import { expect, it } from '@jest/globals';
import { overflowOf, seriousFindings } from './check-page.ts';
import { describeInBrowser } from './describe-in-browser.ts';

const PLACES: readonly { name: string; path: string; ready: string }[] = [
  { name: 'overview', path: '/catalogue', ready: 'Searchable' },
  { name: 'images', path: '/catalogue/stamps?label=1', ready: '7 of 100 images' },
  { name: 'open image', path: '/catalogue/stamps?image=Image:3', ready: 'Find similar' },
  { name: 'index', path: '/catalogue/stamps/index', ready: 'On disk' },
  { name: 'sources of a dataset', path: '/catalogue/stamps/sources', ready: 'No sources yet' },
  { name: 'sources', path: '/catalogue?sources', ready: 'No sources yet' },
  { name: 'activity', path: '/catalogue/stamps/activity', ready: 'Import finished' },
  { name: 'new dataset', path: '/catalogue?new', ready: 'Drop a folder here' },
];
const AT_ONCE = { reducedMotion: 'reduce' } as const;

describeInBrowser('the catalogue view', { samples: true }, (context) => {
  // One visit for all of it: most of the time of a visit goes into loading the page.
  it.each(PLACES)('has no serious finding in either theme, and fits on a phone: $name', async (place) => {
    const { page } = await context.visit(place.path, AT_ONCE);
    const isReady = () => page.getByText(place.ready).first().waitFor();
    expect(await seriousFindings(page, isReady)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    await isReady();
    expect(await overflowOf(page)).toBe(0);
  });

  it('says what happens when the service is gone, and continues once it is back', async () => {
    const visit = await context.visit('/catalogue/stamps');
    visit.allow(/Failed to load resource|WebSocket/);
    const { page } = visit;
    await page.getByRole('list', { name: 'Images of stamps' }).getByRole('link').first().waitFor();
    await context.stack.pause();
    await page.getByRole('tab', { name: 'Activity' }).click();
    await page.getByText('The server does not answer').first().waitFor();
    await context.stack.resume();
    await page.getByText('Import finished').waitFor();
  });
});
