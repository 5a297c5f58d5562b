import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { datasetSourceContract, readAll } from '../../../test/contracts/dataset-source.contract.ts';
import type { AnnotationFormat, AnnotationOptions } from '../../annotations/index.ts';
import { seededRandom } from '../../common/index.ts';
import { AnnotationsSource } from './annotations.source.ts';

const { signal } = new AbortController();
let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-formats-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function fileOf(content: string | object, extension = 'json'): Promise<string> {
  const file = join(folder, `${(files += 1)}.${extension}`);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

async function sourceOf(
  content: string | object,
  options: AnnotationOptions & { imagesRoot?: string | null } = {},
): Promise<AnnotationsSource> {
  return new AnnotationsSource({
    annotationsPath: await fileOf(content),
    imagesRoot: '/pictures',
    ...options,
  });
}

const url = (name: string) => ({ url: `https://example.org/${name}` });
const path = (name: string) => ({ path: name, root: '/pictures' });
const COCO = {
  info: { year: 2020 },
  annotations: [
    { id: 1, image_id: 20, category_id: 7, segmentation: [[1.5, 2]], bbox: [0, 0, 1, 1] },
    { id: 2, image_id: 10, category_id: 8 },
    { id: 10, image_id: 20, category_id: 8 },
    { id: 20, image_id: 20, category_id: 7 },
  ],
  images: [
    { id: 10, file_name: 'a.jpg', coco_url: 'https://example.org/a', flickr_url: 'https://example.org/f' },
    { id: 20, file_name: 'b.jpg' },
    { id: 30, url: 'https://example.org/c' },
  ],
  categories: [
    { id: 7, name: 'dress', supercategory: 'clothes' },
    { id: 8, name: 'shoe' },
  ],
};

describe.each<[AnnotationFormat, string]>([
  [
    'COCO',
    JSON.stringify({
      images: [1, 2, 3, 4].map((id) => ({ id, coco_url: `https://example.org/${id}` })),
      annotations: [1, 2, 3, 4].map((id) => ({
        id: 100 - id,
        image_id: id,
        category_id: id % 2 === 0 ? 8 : 9,
      })),
    }),
  ],
  ['CSV', 'id,url,label\n1,https://example.org/1,9\n2,b,8\n3,c,9\n4,d,9\n4,e,8\n'],
  [
    'JSONL',
    [1, 2, 3, 4].map((id) => JSON.stringify({ id, url: 'x', label: id % 2 === 0 ? [8, 7] : '9' })).join('\n'),
  ],
])('%s', (format, content) => {
  datasetSourceContract(async () => {
    const annotationsPath = await fileOf(content, 'txt');
    const open = () => new AnnotationsSource({ annotationsPath, imagesRoot: null });
    return {
      source: open(),
      reopen: open,
      externalIds: ['1', '2', '3', '4'],
      label: '8',
      labelled: ['2', '4'],
    };
  });

  it('is detected from the content', async () => {
    expect(await (await sourceOf(content)).format(signal)).toBe(format);
  });

  it('reads the same if it is named', async () => {
    const told = await readAll(await sourceOf(content, { format: 'AUTO' }));
    expect(await readAll(await sourceOf(content, { format }))).toEqual(told);
  });
});

describe('COCO', () => {
  it('joins by image_id, tries the file before the URLs, and takes names from the categories', async () => {
    const source = await sourceOf(COCO);
    expect(await readAll(source)).toEqual([
      { externalId: '10', labels: ['8'], locations: [path('a.jpg'), url('a'), url('f')] },
      { externalId: '20', labels: ['7', '8'], locations: [path('b.jpg')] },
      { externalId: '30', labels: [], locations: [url('c')] },
    ]);
    expect(await source.labelNames()).toEqual(
      new Map([
        ['7', 'dress'],
        ['8', 'shoe'],
      ]),
    );
  });

  it('ignores files that may not be read if there are URLs', async () => {
    const source = await sourceOf(COCO, { imagesRoot: null });
    const [first, second] = await readAll(source);
    expect(first?.locations).toEqual([url('a'), url('f')]);
    expect(second?.locations).toEqual([{ path: 'b.jpg', root: null }]);
  });

  it('does not mistake the id of an annotation for that of its image', async () => {
    const source = await sourceOf({ images: [{ id: 1 }], annotations: [{ id: 1, category_id: 2 }] });
    expect(await source.faults(signal)).toMatchObject({ count: 1, first: [{ item: 'line 1' }] });
  });

  it('is not read if iMaterialist is named, nor the other way round', async () => {
    const forced = await sourceOf(COCO, { format: 'IMATERIALIST' });
    expect((await readAll(forced)).flatMap(({ labels }) => labels)).toEqual([]);
    expect(await forced.labelNames()).toEqual(new Map());
    const rows = { images: [{ image_id: 1, url: 'a' }], annotations: [{ image_id: 1, label_id: 5 }] };
    expect(await readAll(await sourceOf(rows, { format: 'COCO' }))).toMatchObject([{ labels: [] }]);
  });
});

describe('CSV', () => {
  it('finds the usual columns, with a byte order mark, CRLF and quotes', async () => {
    const source = await sourceOf(
      '\uFEFFImageId,EncodedPixels,ClassId,image_url\r\n7,"1 2,3",x|"",https://example.org/a\r\n'.replace(
        '""',
        'y',
      ),
    );
    expect(await readAll(source)).toEqual([{ externalId: '7', labels: ['x', 'y'], locations: [url('a')] }]);
  });

  it('reads Fashion 2019, where the id is the file name and an image has several rows with attributes', async () => {
    const source = await sourceOf('ImageId,EncodedPixels,ClassId\na.jpg,1 2,6\na.jpg,5 6,0\nb.jpg,1 1,6_1\n');
    expect(await readAll(source)).toEqual([
      { externalId: 'a.jpg', labels: ['6', '0'], locations: [path('a.jpg')] },
      { externalId: 'b.jpg', labels: ['6', 'attribute-1'], locations: [path('b.jpg')] },
    ]);
  });

  it('reads a list of paths, which are their own ids', async () => {
    const source = await sourceOf('path,category\nx/a.jpg,dress\nx/b.jpg,\n');
    expect(await readAll(source)).toEqual([
      { externalId: 'x/a.jpg', labels: ['dress'], locations: [path('x/a.jpg')] },
      { externalId: 'x/b.jpg', labels: [], locations: [path('x/b.jpg')] },
    ]);
  });

  it('reads the columns that are named, and splits labels at the given separator', async () => {
    const columns = { id: ['sku'], url: ['main', 'other'], label: ['kind', 'tags'] };
    const source = await sourceOf('sku,main,other,kind,tags,id\n1,https://example.org/a,b.jpg,k,x;y|z,9\n', {
      columns,
      labelSeparator: ';',
    });
    expect(await readAll(source)).toEqual([
      { externalId: '1', labels: ['k', 'x', 'y|z'], locations: [url('a'), path('b.jpg')] },
    ]);
  });

  it.each<[string, string, AnnotationOptions, string]>([
    ['a column that does not exist', 'id,url\n1,a\n', { columns: { label: ['kind'] } }, 'no column "kind"'],
    ['no column of an id or place', 'a,b\n1,2\n', { format: 'CSV' }, 'columns are "a", "b"'],
    ['a column that exists twice', 'id,url,url\n1,2,3\n', {}, 'several columns named "url"'],
  ])('refuses %s', async (_what, content, options, problem) => {
    const source = await sourceOf(content, options);
    await expect(source.count({}, signal)).rejects.toMatchObject({ code: 'ANNOTATIONS_INVALID' });
    await expect(source.count({}, signal)).rejects.toThrow(problem);
  });
});

describe('JSONL', () => {
  it('reads several URLs and labels, and rows of their own ids', async () => {
    const source = await sourceOf(
      '{"image_id":"7","url":["https://example.org/a","b.jpg"],"class":["x",3]}\r\n{"url":"c.jpg","other":{}}\r\n',
    );
    expect(await readAll(source)).toEqual([
      { externalId: '7', labels: ['x', '3'], locations: [url('a'), path('b.jpg')] },
      { externalId: 'c.jpg', labels: [], locations: [path('c.jpg')] },
    ]);
  });

  it('requires the id column that is named', async () => {
    const source = await sourceOf('{"id":1,"url":"a"}\n', { format: 'JSONL', columns: { id: ['sku'] } });
    expect(await source.count({}, signal)).toBe(0);
    const [fault] = (await source.faults(signal)).first;
    expect(fault?.error.message).toContain('Line 1: the row has no image id (sku). The row begins with');
  });
});

describe('detection of the format', () => {
  it.each<[string, string, AnnotationFormat]>([
    ['one line of JSONL', '{"id":1,"url":"a"}', 'JSONL'],
    ['an object over several lines', '{\n"images": [\n{"id": 1}\n]\n}', 'IMATERIALIST'],
    ['an object with much before its lists', `{"x":"${'y'.repeat(2_000_000)}","images":[]}`, 'IMATERIALIST'],
    ['CSV with one column', 'url\nhttps://example.org/a\n', 'CSV'],
    ['CSV without rows', 'id,url', 'CSV'],
  ])('knows %s', async (_what, content, format) => {
    expect(await (await sourceOf(content)).format(signal)).toBe(format);
  });

  it('goes by the extension if the content leaves it open', async () => {
    const annotationsPath = await fileOf('{"id" 1}\n', 'jsonl');
    const source = new AnnotationsSource({ annotationsPath, imagesRoot: null });
    expect(await source.format(signal)).toBe('JSONL');
    expect(await source.faults(signal)).toMatchObject({ count: 1, first: [{ item: 'line 1' }] });
  });

  it.each(['[1,2]', 'hello world', '\u0000\u0001', '"id', 'a,b\n1,2\n'])(
    'says what it looked for in %j',
    async (content) => {
      const source = await sourceOf(content);
      await expect(source.count({}, signal)).rejects.toMatchObject({
        code: 'ANNOTATIONS_INVALID',
        details: { line: 1 },
        message: expect.stringContaining('Known are CSV'),
      });
    },
  );

  it('refuses columns for a format that has none', async () => {
    const source = await sourceOf(COCO, { columns: { id: ['x'] } });
    await expect(source.count({}, signal)).rejects.toMatchObject({ code: 'COLUMNS_UNUSED' });
  });
});

describe('files of label names', () => {
  it.each<[string, unknown, [string, string][]]>([
    ['labels.json', { 1: { name: 'fruit' } }, [['1', 'fruit']]],
    ['label_map.json', [{ label_id: 1, name: 'fruit' }], [['1', 'fruit']]],
    ['label_descriptions.json', { categories: [{ id: 0, name: 'shirt' }], attributes: [] }, [['0', 'shirt']]],
    [
      'product_tree.json',
      {
        name: 'all',
        children: [{ id: 3, name: 'food', children: [{ class: '4', name: 'pear' }] }, { id: 5 }],
      },
      [
        ['3', 'food'],
        ['4', 'pear'],
      ],
    ],
  ])('reads %s', async (name, content, names) => {
    const own = join(folder, `names-${(files += 1)}`);
    await mkdir(own);
    await writeFile(join(own, name), JSON.stringify(content));
    const annotationsPath = join(own, 'annotations.csv');
    await writeFile(annotationsPath, 'id,url\n');
    const source = new AnnotationsSource({ annotationsPath, imagesRoot: null });
    expect(await source.labelNames()).toEqual(new Map(names));
  });
});

describe('filtering by label', () => {
  it('finds the same images, places and labels as reading all, whatever the ids', async () => {
    const next = seededRandom(3);
    const random = (below: number) => Math.floor(next() * below);
    const ids = Array.from({ length: 3_000 }, (_, id) => (id % 3 === 0 ? id : `${id.toString(36)}-é`));
    const images = ids.map((id) => ({
      image_id: id,
      url: [`https://example.org/${id}`],
      pad: 'x'.repeat(random(99)),
    }));
    const annotations = Array.from({ length: 8_000 }, () => ({
      label_id: [random(40), `l${random(9)}`],
      image_id: ids[random(ids.length)],
    }));
    const source = await sourceOf({ annotations, images });
    const all = await readAll(source);
    for (const label of ['7', 'l3']) {
      const expected = all.filter(({ labels }) => labels.includes(label));
      const filtered = await sourceOf({ annotations, images });
      expect(await filtered.count({ labelIds: [label] }, signal)).toBe(expected.length);
      expect(await readAll(filtered, { labelIds: [label] })).toEqual(expected);
    }
  });

  it('says where a label is too long, even in a row that is read a second time', async () => {
    const source = await sourceOf(`id,label\n1,${'x'.repeat(501)}\n1,a\n`);
    expect(await source.count({ labelIds: ['a'] }, signal)).toBe(1);
    expect((await source.faults(signal)).first).toMatchObject([
      {
        item: 'line 2',
        error: { code: 'ROW_UNREADABLE', message: expect.stringContaining('500 characters') },
      },
    ]);
  });
});
