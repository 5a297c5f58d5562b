import { describe, expect, it } from '@jest/globals';
import { pagesAfter } from './pages-after.ts';

describe('pagesAfter', () => {
  const read = async (rows: readonly number[], limit: number) => {
    const asked: number[] = [];
    const pages: (readonly number[])[] = [];
    const list = (after: number) => {
      asked.push(after);
      return Promise.resolve(rows.filter((row) => row > after).slice(0, limit));
    };
    for await (const page of pagesAfter({ start: 0, list, keyOf: (row) => row })) pages.push(page);
    return { asked, pages };
  };

  it('reads all rows page by page until there are no more', async () => {
    expect(await read([2, 3, 5], 2)).toEqual({ asked: [0, 3, 5], pages: [[2, 3], [5]] });
  });

  it('gives no empty page', async () => {
    expect(await read([], 2)).toEqual({ asked: [0], pages: [] });
  });
});
