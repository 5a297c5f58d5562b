import { extname } from 'node:path';
import { COLUMN_NAMES, type ColumnNames } from '../annotation-format.ts';
import { headerOf } from '../csv/csv-reader.ts';
import { OPEN_BRACE, skipBlanks } from '../json/json-bytes.ts';
import { ObjectWalker } from '../json/object-walker.ts';
import { FileWindow } from '../reading/file-window.ts';
import { RowProblem } from '../reading/row.ts';
import { ANNOTATIONS, columnsIn, IMAGES } from './row-schema.ts';

/** The syntax of a file: one object with lists, an object on each line, or comma-separated values. */
export type FileShape = 'json' | 'jsonl' | 'csv';

/**
 * Detects the shape of an annotation file from its first megabyte. The extension counts only if the content
 * leaves it open. Rejects with `ANNOTATIONS_INVALID`, which says what was looked for.
 */
export async function detectShape(file: string, columns: ColumnNames): Promise<FileShape> {
  const window = await FileWindow.open(file);
  try {
    if (!(await window.begin())) throw await window.invalid('the file is empty');
    const start = skipBlanks(window.buffer, window.position, window.end);
    if (window.buffer[start] === OPEN_BRACE) return shapeOfObject(window, start, file, columns);
    const lookedFor =
      'the format is unknown. Looked for a JSON object with "images" (iMaterialist, COCO), ' +
      'a JSON object on each line (JSONL), and CSV with a header';
    await window.fill(window.position);
    const header = headerOf(window.buffer, window.end, window.ended);
    if (header === null) throw await window.invalid(lookedFor);
    try {
      columnsIn(header, columns);
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      throw await window.invalid(`${lookedFor}, in which ${error.message}`);
    }
    return 'csv';
  } finally {
    await window.close();
  }
}

function shapeOfObject(window: FileWindow, start: number, file: string, columns: ColumnNames): FileShape {
  const { buffer, end } = window;
  const lists = [IMAGES, ANNOTATIONS];
  const rowKeys = [...COLUMN_NAMES.id, ...COLUMN_NAMES.url, ...(columns.id ?? []), ...(columns.url ?? [])];
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
