import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parquetOf } from '../../../test/fixtures/parquet.ts';
import { ParquetFile } from './parquet-file.ts';

describe('ParquetFile', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-parquet-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function open(name: string, content: Buffer, maxGroupBytes?: number): Promise<ParquetFile> {
    const path = join(folder, name);
    await writeFile(path, content);
    return ParquetFile.open(path, maxGroupBytes);
  }

  it('reads one group of rows at a time', async () => {
    const file = await open(
      'groups',
      parquetOf({ id: ['a', 'b', 'c'], image: [null, Buffer.from('x'), null] }, { rowGroupSize: 2 }),
    );
    expect(file.groups).toEqual([
      { from: 0, to: 2 },
      { from: 2, to: 3 },
    ]);
    expect(file.columns).toEqual([
      { name: 'id', isPicture: false, hasPath: false },
      { name: 'image', isPicture: true, hasPath: false },
    ]);
    expect([...Array.from(await file.read('id', { from: 2, to: 3 }))]).toEqual(['c']);
    expect(file.groupOf(1)).toEqual({ from: 0, to: 2 });
    expect(file.groupOf(3)).toBeUndefined();
    await file.close();
  });

  it('unpacks no page beyond the limit, however small the file is', async () => {
    // Text that compresses to a hundredth of its size.
    const bytes = parquetOf({ text: Array.from({ length: 20 }, (_one, at) => String(at).repeat(5_000)) });
    expect(bytes.length).toBeLessThan(30_000);
    const file = await open('bomb', bytes, 30_000);
    await expect(file.read('text', { from: 0, to: 20 })).rejects.toMatchObject({
      code: 'ANNOTATIONS_INVALID',
      message: expect.stringContaining('smaller groups'),
    });
    await file.close();
  });

  it.each([
    ['empty', 0],
    ['cut', 100],
    ['damaged', -1],
  ])('refuses a file that is %s', async (name, length) => {
    const content = parquetOf({ id: ['a', 'b'], url: ['c', 'd'] });
    if (length === -1) content.fill(0x41, content.length - 60, content.length - 8);
    const opening = open(name, length === -1 ? content : content.subarray(0, length));
    await expect(opening).rejects.toMatchObject({ code: 'ANNOTATIONS_INVALID' });
  });
});
