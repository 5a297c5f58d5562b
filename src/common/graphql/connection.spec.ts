import { describe, expect, it } from '@jest/globals';
import { pageOf, rowsOf, type PageArgs } from './connection.ts';

const rows = [2, 3, 5, 7, 11].map((id) => ({ id }));

async function page(args: PageArgs) {
  const { nodes, pageInfo, totalCount } = await pageOf(args, {
    rows: async (wanted) => rowsOf(rows, wanted),
    totalCount: async () => rows.length,
    toNode: ({ id }) => id,
  });
  return { nodes, pageInfo, totalCount: await totalCount() };
}

describe('pageOf', () => {
  it('walks a list forwards and back again', async () => {
    const first = await page({ first: 2 });
    expect(first).toMatchObject({
      nodes: [2, 3],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
      totalCount: 5,
    });
    const second = await page({ first: 2, after: first.pageInfo.endCursor });
    expect(second).toMatchObject({
      nodes: [5, 7],
      pageInfo: { hasNextPage: true, hasPreviousPage: true },
    });
    const third = await page({ first: 2, after: second.pageInfo.endCursor });
    expect(third).toMatchObject({ nodes: [11], pageInfo: { hasNextPage: false, hasPreviousPage: true } });
    const back = await page({ last: 2, before: third.pageInfo.startCursor });
    expect(back).toEqual({ ...second, pageInfo: { ...second.pageInfo } });
    const start = await page({ last: 3, before: back.pageInfo.startCursor });
    expect(start).toMatchObject({ nodes: [2, 3], pageInfo: { hasNextPage: true, hasPreviousPage: false } });
  });

  it('takes the end of the list for `last` alone', async () => {
    expect(await page({ last: 2 })).toMatchObject({
      nodes: [7, 11],
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
  });

  it('takes what lies between two cursors', async () => {
    const { edges } = await pageOf(
      { first: 5 },
      { rows: async (wanted) => rowsOf(rows, wanted), totalCount: async () => 5, toNode: ({ id }) => id },
    );
    const cursors = { after: edges[0]?.cursor, before: edges[4]?.cursor };
    expect((await page(cursors)).nodes).toEqual([3, 5, 7]);
    expect((await page({ ...cursors, first: 1 })).nodes).toEqual([3]);
    expect((await page({ ...cursors, last: 1 })).nodes).toEqual([7]);
  });

  it('has no cursors on an empty page', async () => {
    const end = (await page({ last: 1 })).pageInfo.endCursor;
    expect(await page({ after: end })).toMatchObject({
      nodes: [],
      pageInfo: { startCursor: null, endCursor: null, hasNextPage: false, hasPreviousPage: true },
    });
  });

  it('refuses `first` together with `last`, and cursors that are none', async () => {
    await expect(page({ first: 1, last: 1 })).rejects.toMatchObject({ code: 'PAGE_AMBIGUOUS' });
    await expect(page({ before: 'x' })).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
  });
});
