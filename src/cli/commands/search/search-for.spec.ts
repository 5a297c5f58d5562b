import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { filterInvalid } from '../../../filters/index.ts';
import { SEARCHES_AT_ONCE } from '../../../search/index.ts';
import type { Apps } from '../../open-apps.ts';
import { searchFor } from './search-for.ts';

describe('searching with several pictures', () => {
  let printed: string[];
  let reported: string[];

  beforeEach(() => {
    printed = [];
    reported = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => reported.push(String(text)) > 0);
  });

  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = undefined;
  });

  const externalIds = Array.from({ length: 3 * SEARCHES_AT_ONCE }, (_, at) => `image-${at}`);

  function appsWith(similarImages: (imageId: number) => Promise<object>): Apps {
    return {
      datasets: {
        resolve: () => Promise.resolve({ id: 1, name: 'stamps' }),
        labels: () => Promise.resolve([]),
      },
      images: {
        findByExternalId: (_dataset: number, externalId: string) => {
          const at = externalIds.indexOf(externalId);
          return Promise.resolve(at === -1 ? undefined : { id: at, sha256: '' });
        },
        locate: () => '',
      },
      search: { similarImages: ({ by }: { by: { imageId: number } }) => similarImages(by.imageId) },
    } as unknown as Apps;
  }

  const hitOf = (id: number) => ({
    hits: [
      {
        rank: 1,
        score: 1,
        confidence: null,
        image: { id, externalId: externalIds[id], fileName: '', labels: [], attributes: {} },
        duplicateIds: [],
      },
    ],
    tookMs: 1,
    relations: async () => [],
  });
  const search = (apps: Apps, ids: readonly string[]) =>
    searchFor(apps, 'stamps', { pictures: [], externalIds: ids, ids: [], texts: [] }, undefined, {
      k: 1,
      json: true,
    });

  it('searches with several at a time, and prints the hits of each in order', async () => {
    let running = 0;
    let most = 0;
    const apps = appsWith(async (id) => {
      most = Math.max(most, ++running);
      // The later the picture, the sooner its answer.
      for (let turn = externalIds.length; turn > id; turn -= 1) await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return hitOf(id);
    });
    await search(apps, externalIds);
    expect(most).toBe(SEARCHES_AT_ONCE);
    expect(printed.map((line) => JSON.parse(line) as object)).toEqual(
      externalIds.map((query) => expect.objectContaining({ query, externalId: query })),
    );
  });

  it('reports a picture that cannot be used, and prints the hits of the others', async () => {
    await search(
      appsWith((id) => Promise.resolve(hitOf(id))),
      ['image-0', 'missing', 'image-2'],
    );
    expect(printed.map((line) => (JSON.parse(line) as { query: string }).query)).toEqual([
      'image-0',
      'image-2',
    ]);
    expect(reported).toEqual([expect.stringContaining('missing: The dataset "stamps" has no image')]);
    expect(process.exitCode).toBe(1);
  });

  it('begins no other search once one failed for a reason that all share, and ends those that run', async () => {
    let begun = 0;
    let ended = 0;
    const apps = appsWith(async (id) => {
      begun += 1;
      if (id === 0) throw filterInvalid('filter', 'it is wrong');
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      ended += 1;
      return hitOf(id);
    });
    await expect(search(apps, externalIds)).rejects.toMatchObject({ code: 'FILTER_INVALID' });
    expect(ended).toBe(begun - 1);
    expect(begun).toBeLessThanOrEqual(SEARCHES_AT_ONCE + 1);
    expect(printed).toEqual([]);
  });
});
