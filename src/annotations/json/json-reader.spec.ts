import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RowFault } from '../reading/row-reader.ts';
import { JsonReader } from './json-reader.ts';
import { RowIndex } from '../joining/row-index.ts';
import { RowProblem, type Row } from '../reading/row.ts';

const { signal } = new AbortController();
const KEYS = ['id', 'label'];
const SELECTION = { lists: ['images'], keys: KEYS };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-rows-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

let files = 0;

async function fileOf(content: string | Buffer): Promise<string> {
  const file = join(folder, `${(files += 1)}.json`);
  await writeFile(file, content);
  return file;
}

function valuesOf(row: Row): unknown[] {
  const labels: unknown[] = [];
  row.eachTerm(1, (label) => labels.push(label));
  return [row.term(0), labels];
}

/** The rows that a scan finds. Reading them again by their places must find the same. */
async function rowsOf(content: string | Buffer, lists = ['images']): Promise<unknown[]> {
  const reader = new JsonReader(await fileOf(content), { lists, keys: KEYS });
  const index = new RowIndex();
  const rows: unknown[] = [];
  await reader.scan(
    (row, offset) => {
      index.add(row.list, offset, row.term(0) ?? '');
      rows.push(valuesOf(row));
    },
    throwFault,
    signal,
  );
  const again: unknown[] = [];
  for await (const some of reader.read(index.places(null), valuesOf, signal)) again.push(...some);
  expect(again).toEqual(rows);
  return rows;
}

/** What is wrong with a row counts as what is wrong with the file. */
function throwFault({ problem, offset }: RowFault): void {
  throw Object.assign(new Error(`line 1, byte ${offset}: ${problem}`), {
    code: 'ANNOTATIONS_INVALID',
    details: { line: 1, byte: offset },
  });
}

async function problemOf(content: string | Buffer): Promise<{ line: number; byte: number; message: string }> {
  try {
    await rowsOf(content);
  } catch (error) {
    const { code, message, details } = error as {
      code: string;
      message: string;
      details: { line: number; byte: number };
    };
    expect(code).toBe('ANNOTATIONS_INVALID');
    expect(message).toContain(`line ${details.line}, byte ${details.byte}`);
    return { ...details, message };
  }
  throw new Error('accepted');
}

describe('JsonReader', () => {
  it('reads the rows of the lists it was asked for, in the order of the file', async () => {
    const json =
      '{"b": [{"id": 3}], "x": {"images": [{"id": 9}]}, "images": [{"id": 1}, {"id": 2, "label": [4, "5"]}]}';
    expect(await rowsOf(json)).toEqual([
      [1, []],
      [2, [4, 5]],
    ]);
    expect(await rowsOf(json, ['images', 'b'])).toHaveLength(3);
  });

  it.each([
    ['a byte order mark', '\uFEFF{"images":[{"id":1}]}'],
    ['white space of all kinds', ' \r\n\t{ \n"images"\n:\t[ \r\n { "id" : 1 } \n ] } \n\n'],
    [
      'values of all kinds to skip',
      '{"a":null,"b":-1.5e3,"c":"\\"}]","d":[[{}],{"e":["}"]}],"f":true,"images":[{"id":1}]}',
    ],
    [
      'values of all kinds inside rows',
      '{"images":[{"x":{"id":7},"y":[[1],{"label":2}],"z":"}\\\\","n":-0.5e-2,"t":false,"id":1}]}',
    ],
    ['an escaped key of the object', '{"im\\u0061ges":[{"id":1}]}'],
  ])('reads through %s', async (_what, json) => {
    expect(await rowsOf(json)).toEqual([[1, []]]);
  });

  it.each(['{}', '{"images":[]}', '{"images":[ ] , "annotations":[]}'])(
    'finds no rows in %s',
    async (json) => {
      expect(await rowsOf(json)).toEqual([]);
    },
  );

  it('reads text of any script, across the ends of chunks', async () => {
    const name = 'Ω≈ç√ 漢字 \u{1F355} "quoted" \\ \u0007';
    const rows = Array.from({ length: 30_000 }, (_, id) => ({
      pad: 'x'.repeat(id % 97),
      id,
      label: name + id,
    }));
    const found = await rowsOf(JSON.stringify({ before: [name], images: rows, after: name }));
    expect(found).toEqual(rows.map(({ id, label }) => [id, [label]]));
  });

  it('skips a string of many megabytes', async () => {
    const json = `{"blob":"${'a\\"'.repeat(2_000_000)}","images":[{"id":1}]}`;
    expect(await rowsOf(json)).toEqual([[1, []]]);
  });

  it.each([
    ['an empty file', '', 1, 0, 'empty'],
    ['a list', '[1]', 1, 0, 'expected an object'],
    ['a list that is not one', '{"images": 5}', 1, 11, 'must be a list'],
    ['rows that are not objects', '{"images": [\n{"id":1},\n7]}', 3, 23, 'expected a row'],
    ['a missing comma between rows', '{"images": [\n{"id":1}\n{"id":2}]}', 3, 22, 'expected ","'],
    ['a comma too many', '{"images": [\n{"id":1},\n]}', 3, 23, 'expected a row'],
    ['a missing colon', '{"images": [\n{"id" 1}]}', 2, 19, 'expected ":"'],
    ['a missing comma in a row', '{"images": [{"id":1},\n{"id":1 "label":2}]}', 2, 30, 'expected "," or "}"'],
    ['a key without quotes', '{"images": [\n\n{id:1}]}', 3, 15, 'double quotes'],
    ['single quotes', "{'images': []}", 1, 1, 'double quotes'],
    ['a word that is not a value', '{"images": [\n{"id": nope}]}', 2, 20, 'expected a value'],
    ['a number with a leading zero', '{"images": [{"id": 01}]}', 1, 19, 'expected a value'],
    ['an unknown escape', '{"images": [{"id": "\\x"}]}', 1, 20, 'escape'],
    ['a missing quote', '{"images": [\n{"id": "1},\n{"id": "2"}]}', 2, 24, 'a quote is missing'],
    ['brackets of the wrong kind', '{"images": [{"id": [1}]}', 1, 21, 'expected "," or "]"'],
    ['something after the end', '{"images": []}\n{"images": []}', 2, 15, 'after the end'],
    ['an unclosed object', '{"images": [{"id":1}]\n', 2, 22, 'ends too early'],
    [
      'a file truncated inside a row',
      '{"images": [\n{"id":1},\n{"id',
      3,
      27,
      'inside the row that begins at byte 23',
    ],
    ['a file truncated after a row', '{"images": [\n{"id":1}', 2, 21, 'ends too early'],
    [
      'a file truncated inside a skipped value',
      '{"x": [[1,\n2',
      2,
      12,
      'inside the value that begins at byte 6',
    ],
    ['a bracket too many in a skipped value', '{"x": [1\n}]}', 2, 9, 'bracket'],
  ])('says where the problem is: %s', async (_what, json, line, byte, problem) => {
    const found = await problemOf(json);
    expect(found).toMatchObject({ line, byte });
    expect(found.message).toContain(problem);
  });

  it('finds the problem far into a large file', async () => {
    const rows = Array.from({ length: 60_000 }, (_, id) => JSON.stringify({ id, pad: 'x'.repeat(20) }));
    rows[50_000] = '{"id": 50000, "pad" "x"}';
    const json = `{"images": [\n${rows.join(',\n')}\n]}`;
    const { line, byte } = await problemOf(json);
    expect(line).toBe(50_002);
    expect(json.slice(byte, byte + 3)).toBe('"x"');
  });

  it('refuses a row that is too large, and nesting that is too deep', async () => {
    expect((await problemOf(`{"images": [\n{"id": "${'x'.repeat(3_000_000)}"}]}`)).line).toBe(2);
    expect((await problemOf(`{"images": [{"id": ${'['.repeat(100_000)}`)).message).toContain('deeper');
    expect((await problemOf(`{"x": ${'['.repeat(100_000)}`)).message).toContain('deeper');
  });

  it('refuses text that is not UTF-8', async () => {
    const latin1 = Buffer.from('{"images": [{"id": "caf\xe9"}]}', 'latin1');
    expect((await problemOf(latin1)).message).toContain('UTF-8');
    expect((await problemOf(Buffer.from('{"images": []}', 'utf16le'))).byte).toBe(1);
  });

  it('gives the line and byte of a row whose content is wrong', async () => {
    const reader = new JsonReader(await fileOf('{"images": [\n{"id":1},\n{"id":2}]}'), SELECTION);
    const look = (row: Row) => {
      if (row.term(0) === 2) throw new RowProblem('no twos');
    };
    const faults: RowFault[] = [];
    await reader.scan(look, (fault) => faults.push(fault), signal);
    expect(faults).toEqual([{ problem: 'no twos', offset: 23, text: '{"id":2}]' }]);
    expect(await reader.textPlacesOf([23])).toMatchObject([{ line: 3 }]);
  });

  it('goes directly to rows it has seen, and notices if the file has changed', async () => {
    const file = await fileOf('{"a":[{"id":1}],"images":[{"id":2},{"id":3}],"a":[{"id":4}]}');
    const reader = new JsonReader(file, { lists: ['images', 'a'], keys: KEYS });
    const index = new RowIndex();
    await reader.scan((row, offset) => index.add(row.list, offset, row.term(0) ?? ''), throwFault, signal);
    const read = async (list?: string) => {
      const rows: unknown[] = [];
      const pick = (row: Row) => `${row.list} ${String(row.term(0))}`;
      for await (const some of reader.read(index.places(null, list), pick, signal)) rows.push(...some);
      return rows;
    };
    expect(await read()).toEqual(['a 1', 'images 2', 'images 3', 'a 4']);
    expect(await read('images')).toEqual(['images 2', 'images 3']);
    expect(await read('a')).toEqual(['a 1', 'a 4']);
    await writeFile(file, '{"images":[]}');
    await expect(read('images')).rejects.toMatchObject({ code: 'ANNOTATIONS_INVALID' });
  });

  it('says if the path does not exist or is not a file', async () => {
    for (const path of [join(folder, 'nothing.json'), folder]) {
      const reader = new JsonReader(path, SELECTION);
      await expect(reader.scan(() => undefined, throwFault, signal)).rejects.toMatchObject({
        code: 'SOURCE_NOT_FOUND',
      });
    }
  });

  it('stops when the signal is aborted', async () => {
    const reader = new JsonReader(await fileOf('{"images":[{"id":1}]}'), SELECTION);
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(reader.scan(() => undefined, throwFault, aborted)).rejects.toThrow('enough');
  });
});

describe('objects of rows', () => {
  async function entriesOf(content: string, selection: Partial<ConstructorParameters<typeof JsonReader>[1]>) {
    const reader = new JsonReader(await fileOf(content), { lists: [], keys: KEYS, ...selection });
    const index = new RowIndex();
    const found: unknown[] = [];
    const entryOf = (row: Row) => [row.list, row.entry(), row.whole()];
    await reader.scan(
      (row, offset) => {
        index.add(row.list, offset, 0);
        found.push(entryOf(row));
      },
      throwFault,
      signal,
    );
    const again: unknown[] = [];
    for await (const some of reader.read(index.places(null), entryOf, signal)) again.push(...some);
    expect(again).toEqual(found);
    return found;
  }

  it('are read with their keys, in any order with lists', async () => {
    const content =
      '{"x": {"y": []}, "files": {"a\\u0062": {"id": 1}, "c" : {}}, "images": [{"id": 2}], "none": {}}';
    expect(
      await entriesOf(content, { maps: ['files', 'none'], lists: ['images'], as: { files: 'images' } }),
    ).toEqual([
      ['images', 'ab', { id: 1 }],
      ['images', 'c', {}],
      ['images', undefined, { id: 2 }],
    ]);
  });

  it('may be all of the file', async () => {
    expect(await entriesOf('{"a": {"id": 1}}', { bareMap: 'images' })).toEqual([['images', 'a', { id: 1 }]]);
    expect(await entriesOf('{}', { bareMap: 'images' })).toEqual([]);
  });

  it('may have values of any kind where that is expected', async () => {
    const content =
      '{"classes": ["hat", "a:b"], "labels": {"1": 0, "2": [1, 0], "3": null, "4": "x", "5": {"a": NaN}}}';
    const selection = { lists: ['classes'], maps: ['labels'], values: ['classes', 'labels'] };
    expect(await entriesOf(content, selection)).toEqual([
      ['classes', undefined, 'hat'],
      ['classes', undefined, 'a:b'],
      ...[
        ['labels', '1', 0],
        ['labels', '2', [1, 0]],
        ['labels', '3', null],
        ['labels', '4', 'x'],
        ['labels', '5', { a: null }],
      ],
    ]);
    expect(await entriesOf('{"classes": null, "labels": {}}', selection)).toEqual([]);
  });

  it.each([
    ['a list is closed as an object', '{"files": [{"id": 1}}'],
    ['an object is closed as a list', '{"files": {"a": {"id": 1}]}'],
    ['a row is no object', '{"files": {"a": 1}}'],
    ['a key is missing', '{"files": {"a": {}, {}}}'],
    ['a value is missing', '{"files": {"a": }}'],
    ['it ends early', '{"files": {"a": {}'],
  ])('are refused if %s', async (_what, content) => {
    await expect(entriesOf(content, { maps: ['files'], lists: ['files'] })).rejects.toMatchObject({
      code: 'ANNOTATIONS_INVALID',
    });
  });
});
