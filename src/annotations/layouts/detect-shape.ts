import { extname } from 'node:path';
import { COLUMN_NAMES, type ColumnNames } from '../annotation-format.ts';
import { delimiterLine, headerOf } from '../csv/csv-reader.ts';
import { CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipBlanks } from '../json/json-bytes.ts';
import { ObjectWalker } from '../json/object-walker.ts';
import { listHeaderOf, NO_LIST } from '../lists/list-reader.ts';
import { FileWindow } from '../reading/file-window.ts';
import { RowProblem } from '../reading/row.ts';
import { LABELBOX_KEYS } from './labelbox-schema.ts';
import { ANNOTATIONS, columnsIn, IMAGES } from './row-schema.ts';

/**
 * The syntax of a file: one object with lists, a list of objects, an object on each line, values with delimiters, or
 * that of one tool.
 */
export type FileShape =
  | 'json'
  | 'json-list'
  | 'jsonl'
  | 'csv'
  | 'via-project'
  | 'via-images'
  | 'fiftyone-samples'
  | 'fiftyone-labels'
  | 'list-file'
  | TranscribedShape;

/** Shapes that are only read from the beginning. */
export type TranscribedShape = 'xml' | 'via-3-project';

const LESS_THAN = 0x3c;
const KNOWN_FORMATS =
  'CSV with a header (among it exports of Shopify, VIA, iMaterialist Fashion and Open Images), a JSON object on each ' +
  'line (JSONL), a JSON list of objects (Label Studio, Labelbox), JSON objects with "images" (COCO, iMaterialist), ' +
  '"samples" or "labels" (FiftyOne) or "_via_img_metadata" (VIA), projects of VIA 3, list files of DeepFashion, XML feeds of Google ' +
  'Merchant, Parquet, and tar archives of WebDataset';

/** In the order of preference where several fit equally well. */
const DELIMITERS = [',', ';', '\t', '|'];

/**
 * Detects the shape of an annotation file from its first megabyte. The extension counts only if the content
 * leaves it open. Rejects with `ANNOTATIONS_INVALID`, which says what was looked for.
 */
export async function detectShape(
  file: string,
  columns: ColumnNames,
  delimiter?: string,
): Promise<FileShape> {
  const window = await FileWindow.open(file);
  try {
    if (!(await window.begin())) throw await window.invalid('the file is empty');
    const start = skipBlanks(window.buffer, window.position, window.end);
    const first = window.buffer[start];
    if (first === OPEN_BRACE) return shapeOfObject(window, start, file, columns);
    if (first === OPEN_BRACKET) {
      const next = window.buffer[skipBlanks(window.buffer, start + 1, window.end)];
      if (next === OPEN_BRACE || next === CLOSE_BRACKET) return 'json-list';
    }
    if (first === LESS_THAN) return 'xml';
    if (listHeaderOf(window) !== undefined) return 'list-file';
    await window.fill(window.position);
    const { problem } = bestHeader(window, columns, delimiter);
    if (problem === undefined) return 'csv';
    throw await window.invalid(
      `the format is unknown. Known are ${KNOWN_FORMATS}` +
        (problem === '' ? '' : `. If this is CSV: ${problem}`),
    );
  } finally {
    await window.close();
  }
}

/** What projects of the VGG Image Annotator 3 begin with. */
const VIA_3 = ['project', 'attribute'];

/** The tool that a JSON object is from, by its keys. */
function toolOf({ buffer, end }: FileWindow, start: number): FileShape | undefined {
  const walker = new ObjectWalker(['_via_img_metadata', 'samples', 'classes', 'labels', IMAGES, ...VIA_3]);
  walker.walk(buffer, start, end);
  const opens = (key: number) => {
    const at = walker.starts[key] ?? -1;
    return at === -1 ? 0 : buffer[at];
  };
  const [viaImages, samples, classes, labels, images] = [0, 1, 2, 3, 4].map(opens);
  if (viaImages === OPEN_BRACE) return 'via-project';
  if (images !== 0) return undefined;
  if (VIA_3.every((_key, at) => opens(5 + at) === OPEN_BRACE)) return 'via-3-project';
  if (samples === OPEN_BRACKET) return 'fiftyone-samples';
  if (labels === OPEN_BRACE && classes !== 0) return 'fiftyone-labels';
  return isMapOfImages(buffer, start, end) ? 'via-images' : undefined;
}

/** Whether the first value of a JSON object is an image of VIA. */
function isMapOfImages(buffer: Buffer, start: number, end: number): boolean {
  const walker = new ObjectWalker(['filename', 'regions', 'file_attributes']);
  const keyAt = skipBlanks(buffer, start + 1, end);
  if (buffer[keyAt] !== QUOTE) return false;
  const keyEnd = walker.string(buffer, keyAt, end);
  if (keyEnd < 0) return false;
  const value = skipBlanks(buffer, skipBlanks(buffer, keyEnd, end) + 1, end);
  if (value >= end || buffer[value] !== OPEN_BRACE) return false;
  walker.walk(buffer, value, end);
  return walker.starts[0] !== -1 && (walker.starts[1] !== -1 || walker.starts[2] !== -1);
}

/** The tool whose rows a JSON list, or JSON line by line, consists of, by the first one. */
export async function toolOfRows(file: string): Promise<'label-studio' | 'labelbox' | undefined> {
  const window = await FileWindow.open(file);
  try {
    await window.begin();
    await window.fill(window.position);
    const { buffer, end } = window;
    let start = skipBlanks(buffer, window.position, end);
    if (buffer[start] === OPEN_BRACKET) start = skipBlanks(buffer, start + 1, end);
    const tasks = ['data', 'annotations', 'completions', 'predictions'];
    const walker = new ObjectWalker([...tasks, ...LABELBOX_KEYS.flat()]);
    walker.walk(buffer, start, end);
    const has = (key: number) => walker.starts[key] !== -1;
    const isTask = buffer[walker.starts[0] ?? 0] === OPEN_BRACE && has(0);
    if (isTask && (has(1) || has(2) || has(3))) return 'label-studio';
    return (has(4) && has(5)) || (has(6) && has(7)) ? 'labelbox' : undefined;
  } finally {
    await window.close();
  }
}

/** The names of the columns of a list file. Rejects with `ANNOTATIONS_INVALID` if the file is none. */
export async function listColumnsOf(file: string): Promise<readonly string[]> {
  const window = await FileWindow.open(file);
  try {
    await window.begin();
    const header = listHeaderOf(window);
    if (header !== undefined) return header.columns;
    throw await window.invalid(NO_LIST);
  } finally {
    await window.close();
  }
}

/** Detects what separates the fields of a CSV file, from its header. */
export async function detectDelimiter(file: string, columns: ColumnNames): Promise<string> {
  const window = await FileWindow.open(file);
  try {
    await window.begin();
    await window.fill(window.position);
    return bestHeader(window, columns).delimiter;
  } finally {
    await window.close();
  }
}

/**
 * The delimiter with which the header has the columns that are needed, and as many of them as possible. `problem`: why
 * none has; '' if the text is not CSV at all.
 */
function bestHeader(
  window: FileWindow,
  columns: ColumnNames,
  given?: string,
): { readonly delimiter: string; readonly problem: string | undefined } {
  const { buffer, position, end, ended } = window;
  const told = delimiterLine(buffer.toString('latin1', position, Math.min(end, position + 16)));
  const candidates = given !== undefined ? [given] : told !== undefined ? [told.delimiter] : DELIMITERS;
  let best = { delimiter: candidates[0] ?? ',', problem: '' as string | undefined, fields: 0 };
  for (const delimiter of candidates) {
    const header = headerOf(buffer, position + (told?.length ?? 0), end, ended, delimiter);
    if (header === null) continue;
    const problem = problemOf(header, columns);
    const isBetter = best.problem !== undefined && problem === undefined;
    const isWorse = best.problem === undefined && problem !== undefined;
    if (isBetter || (!isWorse && header.length > best.fields))
      best = { delimiter, problem, fields: header.length };
  }
  return best;
}

function problemOf(header: readonly string[], columns: ColumnNames): string | undefined {
  try {
    columnsIn(header, columns);
    return undefined;
  } catch (error) {
    if (!(error instanceof RowProblem)) throw error;
    return error.message;
  }
}

function shapeOfObject(window: FileWindow, start: number, file: string, columns: ColumnNames): FileShape {
  const { buffer, end } = window;
  const tool = toolOf(window, start);
  if (tool !== undefined) return tool;
  const lists = [IMAGES, ANNOTATIONS];
  const rowKeys = [
    ...LABELBOX_KEYS.flat(),
    ...COLUMN_NAMES.id,
    ...COLUMN_NAMES.url,
    ...(columns.id ?? []),
    ...(columns.url ?? []),
  ];
  const walker = new ObjectWalker([...lists, ...rowKeys]);
  const behind = walker.walk(buffer, start, end);
  const has = (key: number) => walker.starts[key] !== -1;
  if (lists.some((_list, key) => has(key))) return 'json';
  const next = behind < 0 ? end : skipBlanks(buffer, behind, end);
  if (next < end && buffer[next] === OPEN_BRACE) return 'jsonl';
  if (['.jsonl', '.ndjson'].includes(extname(file).toLowerCase())) return 'jsonl';
  // A single object: it is a row if it has the keys of one.
  return behind >= 0 && rowKeys.some((_key, index) => has(lists.length + index)) ? 'jsonl' : 'json';
}
