import { gzipSync } from 'node:zlib';
import { zipOf } from '../../fixtures/zip.ts';
import type { WildCase } from '../wild-case.ts';

const PICTURES = [1, 2, 3].map((id) => `images/${id}.jpg`);
const TABLE = 'id,path,label\n1,images/1.jpg,hat\n2,images/2.jpg,jupe plissée\n';
const READ = { images: { 1: ['hat'], 2: ['jupe plissée'] } };
const ROW = 'ROW_UNREADABLE';

function table(name: string, content: string | Buffer, answer: WildCase['answer'] = READ): WildCase {
  return { name, files: { 'table.csv': content }, pictures: PICTURES, from: 'table.csv', answer };
}

/** Tables as spreadsheets and scripts write them. */
export const DIALECTS: readonly WildCase[] = [
  table('semicolons', TABLE.replaceAll(',', ';')),
  table('tabs', TABLE.replaceAll(',', '\t')),
  table('vertical-bars', TABLE.replaceAll(',', '|')),
  table('delimiter-line', `sep=;\r\n${TABLE.replaceAll(',', ';')}`),
  table('byte-order-mark', `\uFEFF${TABLE.replaceAll('\n', '\r\n')}`),
  table('carriage-returns', TABLE.replaceAll('\n', '\r')),
  table('utf-16', Buffer.from(`\uFEFF${TABLE}`, 'utf16le')),
  table('utf-16-without-mark', Buffer.from(TABLE, 'utf16le')),
  table('windows-1252', Buffer.from(TABLE, 'latin1')),
  table('gzip', gzipSync(TABLE)),
  table('zip', zipOf({ 'export/table.csv': TABLE, '__MACOSX/export/._table.csv': 'x' })),
  table('header-in-capitals', TABLE.replace('id,path,label', 'ID,Path,Label')),
  table('header-with-spaces', TABLE.replace('id,path,label', ' id , path , Label')),
  table('spaces-around-paths', TABLE.replaceAll(',images', ', images')),
  table('comma-behind-each-row', TABLE.replaceAll('\n', ',\n')),
  table('empty-rows', `${TABLE},,\n\n,,\n`),
  table(
    'line-ends-in-quotes',
    'id,path,label,text\n1,images/1.jpg,hat,"a\r\nb"\n2,images/2.jpg,jupe plissée,"x\ry, ""z"""\n',
  ),
  {
    ...table('encoding-and-delimiter-named', Buffer.from('id#path\n1#images/\x8c.jpg\n', 'latin1'), {
      images: { 1: [] },
    }),
    pictures: ['images/å.jpg'],
    options: { delimiter: '#', encoding: 'macintosh' },
  },
];

/** Rows that cannot be used, among rows that can. */
export const BAD_ROWS: readonly WildCase[] = [
  table('field-too-many', `${TABLE}3,images/3.jpg,hat,red\n`, {
    ...READ,
    failures: [
      ['line 4', ROW, 'the row has 4 fields, the header 3. The row begins with "3,images/3.jpg,hat,red"'],
    ],
  }),
  table('field-missing', `id,path,label\n3,images/3.jpg\n${TABLE.slice(14)}`, {
    ...READ,
    failures: [['line 2', ROW, 'the row has 2 fields, the header 3']],
  }),
  table('bare-quote', `${TABLE}3,images/3.jpg,13" screen\n`, {
    ...READ,
    failures: [['line 4', ROW, 'there is a quote inside a field without quotes']],
  }),
  table('quote-without-end', `id,path,label\n3,images/3.jpg,"13\n${TABLE.slice(14)}`, {
    ...READ,
    failures: [['line 2', ROW, 'the file ends inside this row']],
  }),
  table('empty-id', `${TABLE},images/3.jpg,hat\n`, {
    ...READ,
    failures: [['line 4', ROW, 'an id must have 1 to 1,000 characters']],
  }),
  table('damaged-byte', Buffer.concat([Buffer.from(TABLE), Buffer.from('3,images/3.jpg,\xff\n', 'latin1')]), {
    ...READ,
    failures: [['line 4', ROW, 'the text is not UTF-8']],
  }),
  table('same-id-other-picture', `${TABLE}1,images/3.jpg,hat\n`, {
    ...READ,
    failures: [['line 4', ROW, 'an earlier row has the same id and another picture']],
  }),
  table('no-picture', `${TABLE}3,,hat\n`, {
    ...READ,
    failures: [['3', 'IMAGE_LOCATION_MISSING', '']],
  }),
  table('picture-missing', `${TABLE}3,images/gone.jpg,hat\n`, {
    ...READ,
    failures: [['3', 'SOURCE_FILE_NOT_FOUND', 'images/gone.jpg']],
  }),
  table('nothing-succeeds', 'id,path,label\n1,images/gone.jpg,hat\n2,images/away.jpg,hat\n', {
    images: {},
    failures: [
      ['1', 'SOURCE_FILE_NOT_FOUND', 'images/gone.jpg'],
      ['2', 'SOURCE_FILE_NOT_FOUND', 'images/away.jpg'],
    ],
    error: 'IMPORT_ALL_FAILED',
  }),
  table('no-row-is-usable', 'id,path,label\n1\n2\n', {
    images: {},
    failures: [
      ['line 2', ROW, 'the row has 1 field'],
      ['line 3', ROW, 'the row has 1 field'],
    ],
    error: 'IMPORT_ALL_FAILED',
  }),
  {
    ...table('too-many-failures', 'id,path\n1,images/1.jpg\n2\n3\n', {
      images: {},
      failures: [
        ['line 3', ROW, 'the row has 1 field'],
        ['line 4', ROW, 'the row has 1 field'],
      ],
      error: 'IMPORT_FAILURES_TOO_MANY',
    }),
    options: { maxFailures: 1 },
  },
  {
    ...table('share-of-failures', `${TABLE}3\n`, {
      ...READ,
      failures: [['line 4', ROW, 'the row has 1 field']],
    }),
    options: { maxFailures: 0.5 },
  },
  {
    name: 'lines-of-json',
    files: {
      'rows.jsonl':
        '{"id":1,"path":"images/1.jpg","score":NaN}\n\n{"id":2,"path":"images/2.jpg"\n{"id":3,"path":"images/3.jpg"}\n',
    },
    pictures: PICTURES,
    from: 'rows.jsonl',
    answer: { images: { 1: [], 3: [] }, failures: [['line 3', ROW, '']] },
  },
  {
    name: 'not-a-number-in-json',
    files: {
      'coco.json':
        '{"images":[{"id":1,"file_name":"images/1.jpg","score":NaN}],"annotations":[{"id":1,"image_id":1,"category_id":1,"area":-Infinity}],"categories":[{"id":1,"name":"hat"}]}',
    },
    pictures: PICTURES,
    from: 'coco.json',
    answer: { images: { 1: ['hat'] } },
  },
];
