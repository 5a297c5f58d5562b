import { describe, expect, it } from '@jest/globals';
import type { Apps } from '../../open-apps.ts';
import { queriesOf } from './queries.ts';

describe('words to search with', () => {
  it('have no picture to show', async () => {
    const named = { pictures: [], externalIds: [], ids: [], texts: ['red coat'] };
    const [query] = queriesOf({} as Apps, { id: 7 } as Parameters<typeof queriesOf>[1], named);
    expect(query?.name).toBe('red coat');
    expect(await query?.open()).toEqual({ by: { text: 'red coat' } });
  });
});

describe('an image to search with', () => {
  const dataset = { id: 7, name: 'stamps' } as Parameters<typeof queriesOf>[1];
  const apps = {
    images: {
      findByExternalId: (datasetId: number, externalId: string) =>
        Promise.resolve(datasetId === 7 && externalId === 'kiwi' ? { id: 12, sha256: 'abc' } : undefined),
    },
  } as unknown as Apps;
  const named = (externalId: string) =>
    queriesOf(apps, dataset, { pictures: [], externalIds: [externalId], ids: [], texts: [] })[0]!;

  it('is found by its external id', async () => {
    expect(named('kiwi').name).toBe('kiwi');
    await expect(named('kiwi').open()).resolves.toMatchObject({ by: { imageId: 12 } });
  });

  it('is refused with the name of the dataset if the dataset does not have it', async () => {
    await expect(named('plum').open()).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: 'The dataset "stamps" has no image with the external id "plum".',
    });
  });
});
