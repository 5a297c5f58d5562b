import { extname } from 'node:path';
import { headerOf } from './csv/csv-rows.ts';
import { FileWindow } from './file-window.ts';
import { COLUMN_NAMES, type ColumnNames } from './annotation-format.ts';
import { OPEN_BRACE, skipBlanks } from './json/json-bytes.ts';
import { RowWalker } from './reading/row-walker.ts';
import { ANNOTATIONS, columnsIn, IMAGES } from './schemas.ts';

export type FileShape = 'json' | 'jsonl' | 'csv';

/**
 * Tells from the first megabyte what an annotation file is; its extension counts only where the
 * content does not say. Rejects with `ANNOTATIONS_INVALID`, naming what was looked for.
 */
export async function detectShape(file: string, columns: ColumnNames): Promise<FileShape> {
  const window = await FileWindow.open(file);
  try {
    if (!(await window.begin())) throw await window.invalid('the file is empty');
    const start = skipBlanks(window.buffer, window.position, window.end);
    if (window.buffer[start] === OPEN_BRACE) return shapeOfObject(window, start, file, columns);
    const lookedFor =
      'this is no format that is known: looked for a JSON object with "images" (iMaterialist, COCO), ' +
      'a JSON object on each line (JSONL), and CSV with a header';
    await window.fill(window.position);
    const header = headerOf(window.buffer, window.end, window.ended);
    if (header === null) throw await window.invalid(lookedFor);
    try {
      columnsIn(header, columns);
    } catch (error) {
      throw await window.invalid(`${lookedFor}, in which ${(error as Error).message}`);
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
  const walker = new RowWalker([...lists, ...rowKeys]);
  const behind = walker.walk(buffer, start, end);
  const has = (key: number) => walker.starts[key] !== -1;
  if (lists.some((_list, key) => has(key))) return 'json';
  const next = behind < 0 ? end : skipBlanks(buffer, behind, end);
  if (next < end && buffer[next] === OPEN_BRACE) return 'jsonl';
  if (['.jsonl', '.ndjson'].includes(extname(file).toLowerCase())) return 'jsonl';
  // One row, with nothing behind it.
  return behind >= 0 && rowKeys.some((_key, index) => has(lists.length + index)) ? 'jsonl' : 'json';
}
