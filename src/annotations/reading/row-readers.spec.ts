import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../common/index.ts';
import { CsvReader } from '../csv/csv-reader.ts';
import { JsonReader } from '../json/json-reader.ts';
import { JsonlReader } from '../json/jsonl-reader.ts';
import { RowIndex } from '../joining/row-index.ts';
import type { RowReader } from './row-reader.ts';
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

/** The rows that a scan finds. Reading them again by their places must find the same. */
async function rowsOf(reader: RowReader): Promise<unknown[]> {
  const rows: unknown[] = [];
  const index = new RowIndex();
  await reader.scan((row, offset) => {
    index.add(row.list, offset, row.term(0) ?? '');
    rows.push(valuesOf(row));
  }, signal);
  const again: unknown[] = [];
  for await (const some of reader.read(index.places(null), valuesOf, signal)) again.push(...some);
  expect(again).toEqual(rows);
  return rows;
}

interface Problem {
  readonly code?: string;
  readonly details?: { readonly line?: number; readonly byte?: number };
}

/** The problem with a file; null if there is none. It must be with the content, and say where. */
async function problemOf(reader: RowReader, content: Buffer): Promise<Problem | null> {
  try {
    await rowsOf(reader);
    return null;
  } catch (error) {
    const problem = error as Problem;
    expect(problem.code).toBe('ANNOTATIONS_INVALID');
    const { line = 0, byte = -1 } = problem.details ?? {};
    expect(byte).toBeGreaterThanOrEqual(0);
    expect(byte).toBeLessThanOrEqual(content.length);
    expect(line).toBe(content.toString('latin1', 0, byte).split('\n').length);
    return problem;
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

  it('says where a file is truncated, or reads the rows before that', async () => {
    for (let length = 0; length < content.length; length += 1) {
      const cut = content.subarray(0, length);
      const file = await fileOf(cut);
      if ((await problemOf(make(file), cut)) === null) {
        const rows = await rowsOf(make(file));
        // A last row without quotes may have been truncated inside its last field.
        expect(rows.slice(0, -1)).toEqual(IMAGES.slice(0, Math.max(rows.length - 1, 0)));
      }
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
      const whole = await problemOf(make(file), damaged);
      const pieces = await problemOf(make(file, 1 + random(40)), damaged);
      expect(pieces?.details).toEqual(whole?.details);
      if (whole === null) expect(await rowsOf(make(file, 3))).toEqual(await rowsOf(make(file)));
    }
  });
});

describe('the reader of CSV', () => {
  it.each([
    ['a row with a field missing', 'id,url,label\n1,a,b\n2,c\n', 3, 19, '2 fields'],
    ['a row with a field too many', 'id,url,label\n1,a,b,c\n', 2, 19, 'more than the 3 fields'],
    ['a quote inside a field', 'id,url,label\n1,a"b,c\n', 2, 16, 'a quote inside a field'],
    ['something after the quotes', 'id,url,label\n1,"a"b,c\n', 2, 18, 'after the quotes'],
    ['a quote that is not closed', 'id,url,label\n1,"a,b\n2,c,d\n', 4, 26, 'begins at byte 13'],
    ['a carriage return alone', 'id,url,label\n1,a\rb,c\n', 2, 16, 'line feed'],
    ['text that is not UTF-8', Buffer.from('id,url,label\n1,\xe9,b\n', 'latin1'), 2, 15, 'UTF-8'],
    ['an empty file', '', 1, 0, 'empty'],
    ['a file without a header', '\n\n', 3, 2, 'header'],
    ['a cut header', '"id,url', 1, 7, 'header'],
  ])('says where the problem is: %s', async (_what, text, line, byte, problem) => {
    const content = typeof text === 'string' ? Buffer.from(text) : text;
    const reader = csv(await fileOf(content));
    await expect(rowsOf(reader)).rejects.toMatchObject({
      message: expect.stringContaining(problem),
      details: { line, byte },
    });
  });

  it('splits by separators of any length, or not at all', async () => {
    const labelsWith = async (separator: string, cell: string) => {
      const file = await fileOf(`label\n${cell}\n`);
      const labels: unknown[] = [];
      const reader = new CsvReader(file, { list: 'images', separator, columns: () => ['label'] });
      await reader.scan((row) => row.eachTerm(0, (label) => labels.push(label)), signal);
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
    ['a line that is not an object', '{"id":1}\n[2]\n', 2, 9, 'on each line'],
    ['two rows on a line', '{"id":1}{"id":2}\n', 1, 8, 'end of the line'],
    ['malformed JSON', '{"id":1}\n{"id" 2}\n', 2, 15, 'expected ":"'],
    ['a file cut in a row', '{"id":1}\n{"id', 2, 13, 'begins at byte 9'],
  ])('says where the problem is: %s', async (_what, content, line, byte, problem) => {
    await expect(rowsOf(jsonl(await fileOf(content)))).rejects.toMatchObject({
      message: expect.stringContaining(problem),
      details: { line, byte },
    });
  });
});
