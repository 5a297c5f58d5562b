import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { merchantRows } from './merchant-feed.ts';

describe('a feed of Google Merchant', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-feed-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function rowsOf(content: string): Promise<{ rows: unknown[]; columns: string[] }> {
    const file = join(folder, 'feed.xml');
    await writeFile(file, content);
    const columns = new Set<string>();
    const rows: unknown[] = [];
    for await (const row of merchantRows(file, columns)) rows.push(row);
    return { rows, columns: [...columns] };
  }

  it('names the products, their columns and lines', async () => {
    const { rows, columns } = await rowsOf(
      '<rss><channel>\n<item><id>no</id><g:id>1</g:id><g:image_link> a.jpg </g:image_link>' +
        '<g:additional_image_link>b.jpg</g:additional_image_link><g:additional_image_link>c.jpg</g:additional_image_link>' +
        '<g:price>5 &euro;</g:price></item>\n</channel></rss>',
    );
    const product = {
      place: 'line 2',
      labels: [],
      values: { id: '1', image_link: 'a.jpg', additional_image_link: ['b.jpg', 'c.jpg'], price: '5 €' },
    };
    expect(rows).toEqual([
      { ...product, id: '1', places: ['a.jpg'] },
      { ...product, id: '1#2', places: ['b.jpg'] },
      { ...product, id: '1#3', places: ['c.jpg'] },
    ]);
    expect(columns).toEqual(['id', 'image_link', 'additional_image_link', 'price']);
  });

  it('may break inside a product, whose neighbours are read', async () => {
    const { rows } = await rowsOf(
      '<rss><item><id>1</id></item><item><id>2<title>x</item><item><id>3</id></item><item><id>4</id>',
    );
    expect(rows).toMatchObject([
      { id: '1' },
      { problem: expect.stringContaining('Unexpected close tag') },
      { id: '3' },
      { problem: 'the file ends inside this product' },
    ]);
  });

  it('has products of 1 MB at most', async () => {
    const { rows } = await rowsOf(
      `<rss><item><id>1</id><x>${'y'.repeat(1_100_000)}</x></item><item><id>2</id></item></rss>`,
    );
    expect(rows).toMatchObject([{ problem: 'the product has more than 1 MB', text: '1' }, { id: '2' }]);
  });

  it.each([
    ['nested too deep', '<a>'.repeat(1_100), 'nested deeper than 1000'],
    [
      'with too many attributes',
      `<a ${Array.from({ length: 1_100 }, (_one, at) => `x${at}="1"`).join(' ')}>`,
      '1000 attributes',
    ],
    ['with an endless comment', `<rss><!--${'x'.repeat(600_000)}`, 'Max buffer length'],
    ['that is no XML', '< hello', ''],
  ])('is refused if it is a document %s', async (_what, content, message) => {
    await expect(rowsOf(content)).rejects.toMatchObject({
      code: 'ANNOTATIONS_INVALID',
      message: expect.stringContaining(message),
    });
  });
});
