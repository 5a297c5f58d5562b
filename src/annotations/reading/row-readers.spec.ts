import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../common/index.ts';
import { CsvReader } from '../csv/csv-reader.ts';
import { JsonReader } from '../json/json-reader.ts';
import { JsonlReader } from '../json/jsonl-reader.ts';
import { RowIndex } from '../joining/row-index.ts';
import type { RowFault, RowReader } from './row-reader.ts';
import type { Row } from './row.ts';

const { signal } = new AbortController();
const KEYS = ['id', 'url', 'label'];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-readers-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function fileOf(content: string | Buffer): Promise<string> {
  const file = join(folder, 'file');
  await writeFile(file, content);
  return file;
}

type Make = (file: string, chunkBytes?: number) => RowReader;

const csv: Make = (file, chunkBytes) =>
  new CsvReader(file, { list: 'images', separator: '|', columns: () => KEYS }, chunkBytes);
const jsonl: Make = (file, chunkBytes) => new JsonlReader(file, { list: 'images', keys: KEYS }, chunkBytes);
const json: Make = (file, chunkBytes) =>
  new JsonReader(file, { lists: ['images', 'annotations'], keys: KEYS }, chunkBytes);

function valuesOf(row: Row): unknown[] {
  const labels: unknown[] = [];
  row.eachTerm(2, (label) => labels.push(label));
  return [row.list, row.term(0), row.texts(1), labels];
}

interface Found {
  readonly rows: unknown[];
  readonly faults: (RowFault & { readonly line: number })[];
}

/** The rows and faults that a scan finds. Reading the rows again by their places must find the same. */
async function scanned(reader: RowReader): Promise<Found> {
  const rows: unknown[] = [];
  const faults: RowFault[] = [];
  const index = new RowIndex();
  const visit = (row: Row, offset: number) => {
    index.add(row.list, offset, row.term(0) ?? '');
    rows.push(valuesOf(row));
  };
  await reader.scan(visit, (fault) => faults.push(fault), signal);
  const again: unknown[] = [];
  for await (const some of reader.read(index.places(null), valuesOf, signal)) again.push(...some);
  expect(again).toEqual(rows);
  faults.sort((a, b) => a.offset - b.offset);
  const places = await reader.textPlacesOf(faults.map(({ offset }) => offset));
  return { rows, faults: faults.map((fault, at) => ({ ...fault, line: places[at]?.line ?? 0 })) };
}

async function rowsOf(reader: RowReader): Promise<unknown[]> {
  const { rows, faults } = await scanned(reader);
  expect(faults).toEqual([]);
  return rows;
}

/** What is found in a file, or the problem for which nothing can be: it must be with the content, and say where. */
async function outcomeOf(reader: RowReader, content: Buffer): Promise<Found | { readonly byte: number }> {
  const lineAt = (byte: number) => {
    const ends = content.toString('latin1').matchAll(/\r\n?|\n/g);
    return 1 + [...ends].filter(({ 0: end, index }) => index + end.length <= byte).length;
  };
  try {
    const found = await scanned(reader);
    for (const { line, offset, problem } of found.faults) {
      expect(problem).not.toBe('');
      expect(line).toBe(lineAt(offset));
    }
    return found;
  } catch (error) {
    const { code, details } = error as { code?: string; details?: { line?: number; byte?: number } };
    if (code === undefined) throw error;
    expect(code).toBe('ANNOTATIONS_INVALID');
    const { line = 0, byte = -1 } = details ?? {};
    expect(byte).toBeGreaterThanOrEqual(0);
    expect(byte).toBeLessThanOrEqual(content.length);
    expect(line).toBe(lineAt(byte));
    return { byte };
  }
}

const IMAGES = [
  ['images', 1, ['https://example.org/a?x="1",2'], ['dress', 5]],
  ['images', 'b\n"c"', ['ünï/漢字.jpg'], ['007']],
  ['images', '', [''], ['']],
  ['images', 4, ['d'], [1, 'x y', 3]],
];

const formats: [string, Make, string][] = [
  [
    'CSV',
    csv,
    '\uFEFFpad,id,url,label,"la""st"\r\n' +
      'x,1,"https://example.org/a?x=""1"",2",dress|5,\r\n\r\n' +
      '"","b\n""c""",ünï/漢字.jpg,007,"y"\n' +
      ',"","",,\n' +
      '"x",4,d,1|x y|3,z',
  ],
  [
    'JSONL',
    jsonl,
    '\uFEFF{"id":1,"url":"https://example.org/a?x=\\"1\\",2","label":["dress",5]}\r\n \n' +
      '  {"pad":[{"id":7}],"id":"b\\n\\"c\\"","url":"ünï/\\u6f22字.jpg","label":"007"} \n' +
      '{"id":"","url":"","label":""}\n' +
      '{"id":4,"url":"d","label":[1,"x y","3"]}',
  ],
  [
    'JSON',
    json,
    '\uFEFF{"info":{"a":["}",1]},"images":[{"id":1,"url":["https://example.org/a?x=\\"1\\",2"],"label":["dress",5]},\r\n' +
      '{"pad":-1.5e3,"id":"b\\n\\"c\\"","url":"ünï/\\u6f22字.jpg","label":"007"} ,' +
      '{"id":"","url":"","label":""},{"id":4,"url":"d","label":[1,"x y","3"],"t":true}] , "n":null}\n',
  ],
];

describe.each(formats)('the reader of %s', (_format, make, text) => {
  const content = Buffer.from(text);

  it('reads the same rows, wherever a chunk ends', async () => {
    const file = await fileOf(content);
    for (let chunkBytes = 1; chunkBytes <= content.length + 1; chunkBytes += 1) {
      expect(await rowsOf(make(file, chunkBytes))).toEqual(IMAGES);
    }
  });

  it('says where a file is truncated, and reads the rows before that', async () => {
    for (let length = 0; length < content.length; length += 1) {
      const cut = content.subarray(0, length);
      const file = await fileOf(cut);
      const found = await outcomeOf(make(file), cut);
      if (!('rows' in found)) continue;
      // A last row without quotes may have been truncated inside its last field.
      const whole = found.rows.slice(0, -1);
      expect(whole).toEqual(IMAGES.slice(0, whole.length));
    }
  });

  it('reads damaged files or says where they are damaged, whatever the size of the chunks', async () => {
    const next = seededRandom(7);
    const random = (below: number) => Math.floor(next() * below);
    const spice = Buffer.from('"\\,:{}[]\r\n\0 0-e|x\xff\xc3', 'latin1');
    for (let round = 0; round < 150; round += 1) {
      const damaged = Buffer.from(content);
      for (let times = random(3); times >= 0; times -= 1) {
        damaged[random(damaged.length)] = spice[random(spice.length)] ?? 0;
      }
      const file = await fileOf(damaged);
      const whole = await outcomeOf(make(file), damaged);
      expect(await outcomeOf(make(file, 1 + random(40)), damaged)).toEqual(whole);
    }
  });
});

describe('the reader of CSV', () => {
  it.each([
    ['a field missing', '2,c\n', 13, '2 fields, the header 3'],
    ['a field too many', '2,c,d,e\n', 19, '4 fields, the header 3'],
    ['a quote inside a field', '2,a"b,c\n', 16, 'a quote inside a field'],
    ['something behind the quotes', '2,"a"b,c\n', 18, 'after the quotes'],
    ['a byte that is not UTF-8', Buffer.from('2,\xe9,b\n', 'latin1'), 15, 'UTF-8'],
    ['a quote that is not closed', '2,"a,b\n', 13, 'inside this row'],
  ])('goes on behind a row with %s', async (_what, row, offset, problem) => {
    const content = Buffer.concat([
      Buffer.from('id,url,label\n'),
      Buffer.from(row),
      Buffer.from('3,x,y\n4,z,\n'),
    ]);
    for (const chunkBytes of [1, 7, 1_000]) {
      const { rows, faults } = await scanned(csv(await fileOf(content), chunkBytes));
      expect(rows).toEqual([
        ['images', 3, ['x'], ['y']],
        ['images', 4, ['z'], ['']],
      ]);
      expect(faults).toEqual([
        {
          problem: expect.stringContaining(problem),
          offset: expect.any(Number),
          text: expect.stringMatching(/^2,/),
          line: expect.any(Number),
        },
      ]);
      if (problem !== 'inside this row') expect(faults).toMatchObject([{ offset, line: 2 }]);
    }
  });

  it('ignores empty fields behind those of the header, and spaces behind quotes', async () => {
    const rows = await rowsOf(csv(await fileOf('id,url,label\n1,a,b,\n2,"c" ,d,,\n')));
    expect(rows).toEqual([
      ['images', 1, ['a'], ['b']],
      ['images', 2, ['c'], ['d']],
    ]);
  });

  it('reads lines that end in carriage returns, other delimiters, and a line that names the delimiter', async () => {
    const reader = (file: string) =>
      new CsvReader(file, { list: 'images', separator: '|', delimiter: ';', columns: () => KEYS });
    const rows = await rowsOf(reader(await fileOf('sep=;\rid;url;label\r1;a,b;c\r\r2;"d;e";f')));
    expect(rows).toEqual([
      ['images', 1, ['a,b'], ['c']],
      ['images', 2, ['d;e'], ['f']],
    ]);
  });

  it('says how far it came where nothing tells where the next row begins', async () => {
    const long = `1,"${'x'.repeat(1_200_000)}`;
    const { rows, faults } = await scanned(csv(await fileOf(`id,url,label\n0,a,b\n${long}\n2,c,d\n`)));
    expect(rows).toEqual([
      ['images', 0, ['a'], ['b']],
      ['images', 2, ['c'], ['d']],
    ]);
    expect(faults).toMatchObject([{ line: 3, problem: expect.stringContaining('a quote is missing') }]);
  });

  it.each([
    ['an empty file', '', 1, 0, 'empty'],
    ['a file without a header', '\n\n', 3, 2, 'header'],
    ['a cut header', '"id,url', 1, 7, 'header'],
  ])('refuses %s', async (_what, text, line, byte, problem) => {
    await expect(rowsOf(csv(await fileOf(text)))).rejects.toMatchObject({
      message: expect.stringContaining(problem),
      details: { line, byte },
    });
  });

  it('splits by separators of any length, or not at all', async () => {
    const labelsWith = async (separator: string, cell: string) => {
      const file = await fileOf(`label\n${cell}\n`);
      const labels: unknown[] = [];
      const reader = new CsvReader(file, { list: 'images', separator, columns: () => ['label'] });
      await reader.scan(
        (row) => row.eachTerm(0, (label) => labels.push(label)),
        () => undefined,
        signal,
      );
      return labels;
    };
    expect(await labelsWith('|', 'a|7|')).toEqual(['a', 7, '']);
    expect(await labelsWith('; ', 'a; 7;8')).toEqual(['a', '7;8']);
    expect(await labelsWith('ü', '1ü2')).toEqual([1, 2]);
    expect(await labelsWith('', 'a|7')).toEqual(['a|7']);
    expect(await labelsWith(',', '"a ""b"",7"')).toEqual(['a "b"', 7]);
  });
});

describe('the reader of JSONL', () => {
  it.each([
    ['is not an object', '[2]\n', 0, 'on each line'],
    ['has two rows', '{"id":1}{"id":2}\n', 8, 'end of the line'],
    ['is malformed', '{"id" 2}\n', 6, 'expected ":"'],
    ['is cut', '{"id":1,"url"\n', 13, 'the line ends before the row does'],
  ])('goes on behind a line that %s', async (_what, line, at, problem) => {
    const { rows, faults } = await scanned(jsonl(await fileOf(`{"id":0}\n${line}{"id":3,"label":NaN}\n`)));
    expect(rows).toEqual([
      ['images', 0, [], []],
      ['images', 3, [], []],
    ]);
    expect(faults).toMatchObject([
      { offset: 9 + at, problem: expect.stringContaining(problem), text: line.trim() },
    ]);
  });

  it('reports a last row that is cut', async () => {
    const { rows, faults } = await scanned(jsonl(await fileOf('{"id":1}\n{"id')));
    expect(rows).toHaveLength(1);
    expect(faults).toMatchObject([{ line: 2, problem: 'the file ends inside this row', text: '{"id' }]);
  });
});
