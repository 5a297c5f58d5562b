import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { jpegOf } from '../../../test/fixtures/pictures.ts';
import { AttributeType } from '../../filters/index.ts';
import type { AttributeColumn } from './attribute-column.ts';
import { ColumnType, readColumnValue } from './column-values.ts';

describe('the type of a column', () => {
  it.each([
    [['1', '2.5', '-3', '0'], AttributeType.NUMBER],
    [['1', '007'], AttributeType.STRING],
    [['1', '', '2'], AttributeType.NUMBER],
    [['1e5'], AttributeType.STRING],
    [['true', 'FALSE'], AttributeType.BOOLEAN],
    [['1', 'true'], AttributeType.STRING],
    [['2026-11-28', '2026-11-28T09:00:00Z'], AttributeType.DATE],
    [['2026-02-30'], AttributeType.STRING],
    [['28.11.2026'], AttributeType.STRING],
    [[''], undefined],
  ])('is inferred from the text %j', (values, type) => {
    const column = new ColumnType(true);
    for (const value of values) column.add(value);
    expect(column.type).toBe(type);
  });

  it.each([
    [[1, 2.5, null], AttributeType.NUMBER],
    [['1', '2'], AttributeType.STRING],
    [['2026-11-28'], AttributeType.STRING],
    [[true], AttributeType.BOOLEAN],
    [[1, 'x'], AttributeType.STRING],
    [['x', ['y']], AttributeType.STRINGS],
    [[undefined, null], undefined],
  ])('is that of the JSON values %j', (values, type) => {
    const column = new ColumnType(false);
    for (const value of values) column.add(value);
    expect(column.type).toBe(type);
  });
});

describe('the value of a column', () => {
  it.each([
    ['12', AttributeType.NUMBER, 12],
    [' 1.5 ', AttributeType.NUMBER, 1.5],
    ['1,5', AttributeType.NUMBER, undefined],
    ['0x10', AttributeType.NUMBER, undefined],
    ['1e999', AttributeType.NUMBER, undefined],
    [true, AttributeType.NUMBER, undefined],
    [12, AttributeType.STRING, '12'],
    [{ a: 1 }, AttributeType.STRING, undefined],
    ['Yes', AttributeType.BOOLEAN, true],
    ['0', AttributeType.BOOLEAN, false],
    ['maybe', AttributeType.BOOLEAN, undefined],
    ['2026-11-28', AttributeType.DATE, new Date('2026-11-28')],
    ['soon', AttributeType.DATE, undefined],
    ['a|b', AttributeType.STRINGS, ['a', 'b']],
    [['a', 1], AttributeType.STRINGS, ['a', '1']],
    [[['a']], AttributeType.STRINGS, undefined],
  ])('%j is read as %s', (raw, type, value) => {
    expect(readColumnValue(raw, type, '|')).toEqual(value);
  });
});

describe('attributes of an import', () => {
  let app: DatasetsApp;
  let root: string;

  beforeEach(async () => {
    app = await DatasetsApp.open();
    root = join(app.database.dataDir, 'source');
    await mkdir(root);
    for (let n = 1; n <= 3; n += 1) await writeFile(join(root, `${n}.jpg`), await jpegOf(n));
  });

  afterEach(() => app.close());

  const write = async (name: string, content: string) => {
    const annotationsPath = join(root, name);
    await writeFile(annotationsPath, content);
    return annotationsPath;
  };
  const CSV = 'sku,path,price,vendor,tags\n1,1.jpg,9.5,acme,a|b\n2,2.jpg,cheap,,\n3,3.jpg,7,"o""neill",c\n';
  const sourceOf = async (attributes: AttributeColumn[], content = CSV, name = 'products.csv') => ({
    kind: 'annotations' as const,
    annotationsPath: await write(name, content),
    columns: { id: ['sku'] },
    attributes,
  });
  const attributesOf = async () => {
    const { id } = await app.dataset();
    const images = await app.images.list(id, { limit: 10 });
    return Object.fromEntries(images.map(({ externalId, attributes }) => [externalId, { ...attributes }]));
  };
  const column = (name: string, from = name, type?: AttributeType) => ({ name, column: from, type });

  it('come from columns of CSV', async () => {
    const run = await app.import(
      await sourceOf([column('brand', 'vendor'), column('tags', 'tags', AttributeType.STRINGS)]),
    );
    expect(run.failures).toEqual([]);
    expect(await attributesOf()).toEqual({
      1: { brand: 'acme', tags: ['a', 'b'] },
      2: {},
      3: { brand: 'o"neill', tags: ['c'] },
    });
  });

  it('report a value that does not fit, and import the image without it', async () => {
    const run = await app.import(
      await sourceOf([column('price', 'price', AttributeType.NUMBER), column('vendor')]),
    );
    expect(run.failures).toMatchObject([{ item: '2', code: 'ATTRIBUTE_INVALID' }]);
    expect(run.failures[0]?.message).toContain('"price"');
    expect(run.counts.done).toBe(2);
    expect(await attributesOf()).toEqual({
      1: { price: 9.5, vendor: 'acme' },
      2: {},
      3: { price: 7, vendor: 'o"neill' },
    });
  });

  it('do not fail a job in which every value is wrong', async () => {
    const run = await app.import(await sourceOf([column('vendor', 'vendor', AttributeType.DATE)]));
    expect(run.error).toBeUndefined();
    expect(Object.keys(await attributesOf())).toEqual(['1', '2', '3']);
  });

  it('are added to images that lack them, and leave others as they are', async () => {
    await app.import(await sourceOf([column('brand', 'vendor')]));
    const { id } = await app.dataset();
    const change = await app.images.latestChange(id);
    const again = CSV.replace('acme', 'other').replace('2.jpg,cheap,,', '2.jpg,cheap,new,');
    const run = await app.import(await sourceOf([column('brand', 'vendor')], again));
    expect(run.failures).toEqual([]);
    expect(await attributesOf()).toMatchObject({ 1: { brand: 'acme' }, 2: { brand: 'new' } });
    expect(await app.images.latestChange(id)).toBe(change + 1);
  });

  it('keep the types of JSONL', async () => {
    const rows = [
      { sku: '1', path: '1.jpg', price: 3, sale: true, colours: ['red', 'blue'], code: '007' },
      { sku: '2', path: '2.jpg', price: 4.5, colours: [] },
    ];
    const content = rows.map((row) => JSON.stringify(row)).join('\n');
    await app.import(
      await sourceOf(
        ['price', 'sale', 'colours', 'code'].map((name) => column(name)),
        content,
        'products.jsonl',
      ),
    );
    expect(await attributesOf()).toEqual({
      1: { price: 3, sale: true, colours: ['red', 'blue'], code: '007' },
      2: { price: 4.5, colours: [] },
    });
  });

  it('come from the keys of images in COCO', async () => {
    const coco = {
      images: [
        { id: 1, file_name: '1.jpg', date_captured: '2026-11-28', license: 4 },
        { id: 2, file_name: '2.jpg', name: 'second' },
      ],
      annotations: [{ id: 7, image_id: 1, category_id: 3 }],
      categories: [{ id: 3, name: 'dress' }],
    };
    const annotationsPath = await write('coco.json', JSON.stringify(coco));
    const attributes = [
      column('taken', 'date_captured', AttributeType.DATE),
      column('license'),
      column('name'),
    ];
    await app.import({ kind: 'annotations', annotationsPath, attributes });
    expect(await attributesOf()).toEqual({
      1: { taken: new Date('2026-11-28'), license: 4 },
      2: { name: 'second' },
    });
  });

  it('take the type that the attribute has in the dataset', async () => {
    await app.import(await sourceOf([column('size', 'sku', AttributeType.STRING)]));
    expect(await attributesOf()).toMatchObject({ 1: { size: '1' } });
    await writeFile(join(root, '4.jpg'), await jpegOf(4));
    await app.import(await sourceOf([column('size', 'sku')], `${CSV}4,4.jpg,1,x,\n`));
    expect(await attributesOf()).toMatchObject({ 4: { size: '4' } });
    const other = sourceOf([column('size', 'sku', AttributeType.NUMBER)]);
    await expect(app.import(await other)).rejects.toMatchObject({ code: 'ATTRIBUTE_INVALID' });
  });

  it('are refused before anything is imported if a column is missing or a name is invalid', async () => {
    await expect(app.import(await sourceOf([column('colour')]))).rejects.toMatchObject({
      code: 'ANNOTATIONS_INVALID',
      message: expect.stringContaining('"colour"'),
    });
    await expect(app.import(await sourceOf([column('a b')]))).rejects.toMatchObject({
      code: 'ATTRIBUTE_INVALID',
    });
    await expect(app.import(await sourceOf([column('price'), column('price', 'sku')]))).rejects.toMatchObject(
      {
        code: 'ATTRIBUTE_INVALID',
      },
    );
  });

  it('appear in a preview, together with the columns of the file', async () => {
    const source = await sourceOf([column('price'), column('brand', 'vendor')]);
    const preview = await app.previews.preview({ dataset: 'clothes', source }, { trusted: true });
    expect(preview.columns).toEqual(['sku', 'path', 'price', 'vendor', 'tags']);
    expect(preview.attributes).toEqual([
      { name: 'price', type: 'STRING', images: 3, invalid: 0, samples: ['9.5', 'cheap', '7'] },
      { name: 'brand', type: 'STRING', images: 2, invalid: 0, samples: ['acme', 'o"neill'] },
    ]);
    const jsonl = await sourceOf([], '{"sku":"1","path":"1.jpg","price":3}\n{"sku":"2","size":4}', 'p.jsonl');
    const other = await app.previews.preview({ dataset: 'clothes', source: jsonl }, { trusted: true });
    expect(other.columns).toEqual(['sku', 'path', 'price', 'size']);
  });
});
