import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readAll } from '../../../test/contracts/dataset-source.contract.ts';
import { zipOf } from '../../../test/fixtures/zip.ts';
import { AnnotationsSource } from './annotations.source.ts';

const { signal } = new AbortController();
let folder: string;
let copies: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-dialects-'));
  copies = join(folder, 'copies');
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

type Options = Partial<ConstructorParameters<typeof AnnotationsSource>[0]>;

async function sourceOf(content: string | Buffer, options: Options = {}): Promise<AnnotationsSource> {
  const annotationsPath = join(folder, `${(files += 1)}.txt`);
  await writeFile(annotationsPath, content);
  return new AnnotationsSource({
    annotationsPath,
    imagesRoot: '/pictures',
    temporaryFolder: copies,
    ...options,
  });
}

const CSV = 'id,url,label\n1,é.jpg,Blüte\n2,b.jpg,Kleid\n';
const READ = [
  { externalId: '1', labels: ['Blüte'], locations: [{ path: 'é.jpg', root: '/pictures' }] },
  { externalId: '2', labels: ['Kleid'], locations: [{ path: 'b.jpg', root: '/pictures' }] },
];
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('AnnotationsSource reads', () => {
  it.each<[string, string | Buffer]>([
    ['semicolons', CSV.replaceAll(',', ';')],
    ['tabs', CSV.replaceAll(',', '\t')],
    ['vertical bars', CSV.replaceAll(',', '|')],
    ['a line that names the delimiter', `sep=;\r\n${CSV.replaceAll(',', ';')}`],
    ['carriage returns', CSV.replaceAll('\n', '\r')],
    ['a header in capitals with spaces', CSV.replace('id,url,label', ' ID ,Image URL,"Label ID"')],
    ['empty rows of a spreadsheet', `${CSV},,\n,,\n`],
    ['UTF-16 with a byte order mark', Buffer.from(`\uFEFF${CSV}`, 'utf16le')],
    ['UTF-16 without one', Buffer.from(CSV, 'utf16le')],
    ['big-endian UTF-16', utf16be(`\uFEFF${CSV}`)],
    ['Windows-1252', Buffer.from(CSV, 'latin1')],
    ['gzip', gzipSync(CSV)],
    ['gzip of Windows-1252 with semicolons', gzipSync(Buffer.from(CSV.replaceAll(',', ';'), 'latin1'))],
    ['ZIP', zipOf({ '__MACOSX/._x.csv': 'x', 'readme.md': 'hello', 'folder/catalogue.csv': CSV })],
    [
      'a JSON list',
      JSON.stringify([
        { id: 1, url: 'é.jpg', label: ['Blüte'] },
        { id: 2, path: 'b.jpg', label: 'Kleid' },
      ]),
    ],
  ])('%s', async (_what, content) => {
    const source = await sourceOf(content);
    expect(await readAll(source)).toEqual(READ);
    expect(await source.faults(signal)).toEqual({ count: 0, first: [] });
    await source.close();
    expect(await readdir(copies).catch(() => [])).toEqual([]);
  });

  it('a delimiter and an encoding that are named', async () => {
    const source = await sourceOf(Buffer.from('id#url\n1#\x8c.jpg\n', 'latin1'), {
      delimiter: '#',
      encoding: 'macintosh',
    });
    expect(await readAll(source)).toMatchObject([{ externalId: '1', locations: [{ path: 'å.jpg' }] }]);
    await source.close();
  });

  it('files that name pictures by their ids only', async () => {
    const source = await sourceOf('id,gender\n15970,Men\n', { pathTemplate: 'images/{id}.jpg' });
    expect(await readAll(source)).toMatchObject([{ locations: [{ path: 'images/15970.jpg' }] }]);
  });

  it('exports of Shopify, in which each picture of a product is a row', async () => {
    const source = await sourceOf(
      'Handle,Title,Body (HTML),Type,Image Src,Image Position\n' +
        'red-hat,Red hat,"<p>A\nhat</p>",Hats,1.jpg,1\nred-hat,,,,2.jpg,2\nblue-hat,Blue,,Hats,3.jpg,1\nred-hat,,,,,\n',
      { attributes: [{ name: 'product', column: 'Handle' }] },
    );
    const images = await readAll(source);
    expect(
      images.map(({ externalId, labels, values }) => [externalId, values?.get('product'), ...labels]),
    ).toEqual([
      ['red-hat#1', 'red-hat', 'Hats'],
      ['red-hat#2', 'red-hat'],
      ['blue-hat#1', 'blue-hat', 'Hats'],
    ]);
    expect(await source.faults(signal)).toMatchObject({ count: 0 });
  });

  it('feeds of Google Merchant', async () => {
    const source = await sourceOf(
      'id\ttitle\timage link\tgoogle product category\n1\tA, hat\tx/1.jpg\t166\n',
    );
    expect(await readAll(source)).toMatchObject([
      { externalId: '1', labels: ['166'], locations: [{ path: 'x/1.jpg' }] },
    ]);
  });

  it('exports of Label Studio', async () => {
    const task = (id: number, choice: string, rest = {}) => ({
      id,
      data: { title: 'a hat', image: `images/${id}.jpg` },
      annotations: [{ result: [{ type: 'choices', value: { choices: [choice] } }], ...rest }],
    });
    const source = await sourceOf(JSON.stringify([task(1, 'hat'), task(2, 'no', { was_cancelled: true })]));
    expect(await readAll(source)).toMatchObject([
      { externalId: '1', labels: ['hat'], locations: [{ path: 'images/1.jpg' }] },
      { externalId: '2', labels: [], locations: [{ path: 'images/2.jpg' }] },
    ]);
  });

  it('URLs without a scheme, and drives of Windows as paths', async () => {
    const source = await sourceOf('id,url\n1,//cdn.example.com/x.jpg\n2,C:\\pics\\1.jpg\n');
    expect((await readAll(source)).map(({ locations }) => locations)).toEqual([
      [{ url: 'https://cdn.example.com/x.jpg' }],
      [{ path: 'C:\\pics\\1.jpg', root: '/pictures' }],
    ]);
  });

  it('a header and rows with a delimiter behind the last name', async () => {
    expect(await readAll(await sourceOf('id,path,label,\n1,a,b,\n2,c,d\n'))).toHaveLength(2);
  });

  it('UTF-8 with a damaged byte as UTF-8, and reports the row', async () => {
    const source = await sourceOf(Buffer.concat([Buffer.from(CSV), Buffer.from('3,\xff.jpg,x\n', 'latin1')]));
    expect(await readAll(source)).toEqual(READ);
    expect((await source.faults(signal)).first).toMatchObject([{ item: 'line 4' }]);
  });

  it('attributes of columns whatever the case of their names', async () => {
    const source = await sourceOf('id,url,Price EUR\n1,a.jpg,5\n', {
      attributes: [{ name: 'price', column: 'price_eur' }],
    });
    expect(await readAll(source)).toMatchObject([{ values: new Map([['price', '5']]) }]);
  });
});

describe('AnnotationsSource refuses', () => {
  it.each<[string, () => Buffer, string]>([
    ['a gzip that is cut', () => gzipSync(CSV.repeat(100)).subarray(0, 60), 'damaged'],
    ['a ZIP that is cut', () => zipOf({ 'a.csv': CSV }).subarray(0, 60), 'damaged'],
    ['a ZIP of several annotation files', () => zipOf({ 'a.csv': CSV, 'b.json': '[]' }), '"a.csv", "b.json"'],
    ['a ZIP without annotations', () => zipOf({ 'a.jpg': 'x' }), 'no annotation file'],
    ['a spreadsheet of Excel', () => zipOf({ 'xl/workbook.xml': '<x/>' }), 'Save it as CSV'],
  ])('%s', async (_what, content, problem) => {
    const source = await sourceOf(content());
    await expect(source.count({}, signal)).rejects.toMatchObject({
      code: 'ANNOTATIONS_INVALID',
      message: expect.stringContaining(problem),
    });
    await source.close();
    expect(await readdir(copies).catch(() => [])).toEqual([]);
  });
});
