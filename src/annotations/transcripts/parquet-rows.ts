import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { COLUMN_NAMES, plainName, type ColumnNames } from '../annotation-format.ts';
import { annotationsInvalid } from '../annotations.errors.ts';
import { ParquetFile } from '../containers/parquet-file.ts';
import { columnsIn } from '../layouts/row-schema.ts';
import { RowProblem } from '../reading/row.ts';
import type { BytesRead } from './bytes-read.ts';
import type { TranscribedFault, TranscribedRow } from './transcript.ts';

export interface ParquetOptions {
  readonly columns: ColumnNames;
  /** Further columns to read. */
  readonly values: readonly string[];
  /** Receives the names of all columns. */
  readonly all: Set<string>;
  /** Receives the names of labels that are numbers, as Hugging Face notes them. */
  readonly names: Map<string, string>;
  readonly read: BytesRead;
}

interface Roles {
  readonly id: string | undefined;
  readonly places: readonly string[];
  readonly labels: readonly string[];
  readonly values: readonly string[];
  readonly picture: { readonly name: string; readonly hasPath: boolean } | undefined;
}

/**
 * The rows of Parquet files, whose pictures are in a column of theirs, or named by their URLs or paths. Without a column
 * for the id, it is the name of the file with the number of the row, from 0. Rejects with `ANNOTATIONS_INVALID`.
 */
export async function* parquetRows(
  files: readonly string[],
  options: ParquetOptions,
): AsyncGenerator<TranscribedRow | TranscribedFault> {
  const sizes = await Promise.all(files.map(async (path) => (await stat(path)).size));
  options.read.begin(
    sizes.reduce((sum, size) => sum + size, 0),
    1,
  );
  for (const [at, path] of files.entries()) {
    const file = await ParquetFile.open(path);
    try {
      yield* rowsOf(file, { path, bytes: sizes[at]!, isOneOfMany: files.length > 1 }, options);
    } finally {
      await file.close();
    }
  }
}

async function* rowsOf(
  file: ParquetFile,
  { path, bytes, isOneOfMany }: { path: string; bytes: number; isOneOfMany: boolean },
  options: ParquetOptions,
): AsyncGenerator<TranscribedRow> {
  const roles = rolesOf(file, options);
  for (const { name } of file.columns) options.all.add(name);
  noteClassNames(file, roles.labels, options.names);
  const name = basename(path);
  const text = [
    ...new Set([
      ...(roles.id === undefined ? [] : [roles.id]),
      ...roles.places,
      ...roles.labels,
      ...roles.values,
    ]),
  ];
  const rows = file.groups.at(-1)?.to ?? 0;
  for (const group of file.groups) {
    const columns = new Map<string, ArrayLike<unknown>>();
    for (const column of text) columns.set(column, await file.read(column, group));
    // Columns of pictures are skipped, but they take up their share of the file.
    options.read.add((bytes * (group.to - group.from)) / rows);
    for (let row = group.from; row < group.to; row += 1) {
      const value = (column: string) => columns.get(column)?.[row - group.from];
      const at = `row ${row + 1}`;
      const id = roles.id === undefined ? `${name}#${row}` : plain(value(roles.id));
      yield {
        place: isOneOfMany ? `${name}, ${at}` : at,
        id: typeof id === 'string' || typeof id === 'number' ? id : undefined,
        places: roles.places.flatMap((column) => textsOf(plain(value(column)))),
        labels: roles.labels.flatMap((column) => termsOf(plain(value(column)))),
        values: Object.fromEntries(roles.values.map((column) => [column, plain(value(column))])),
        ...(roles.picture === undefined
          ? {}
          : {
              contained: { file: path, name: `${name}/row-${row}`, at: { column: roles.picture.name, row } },
            }),
      };
    }
  }
}

/** Which columns are read for what. Those that hold pictures are not read as text. */
function rolesOf(file: ParquetFile, { columns, values }: ParquetOptions): Roles {
  const wanted = columns.url?.map(plainName);
  const picture = file.columns.find(
    ({ name, isPicture }) => isPicture && (wanted === undefined || wanted.includes(plainName(name))),
  );
  const isPicture = (name: string) => file.columns.some((column) => column.isPicture && column.name === name);
  const header = file.columns.map(({ name }) => name);
  try {
    // A file of pictures needs no column for an id or a place.
    const table = picture === undefined ? header : [...header, ...(header.includes(ANY) ? [] : [ANY])];
    const chosen = columnsIn(table, columns, values);
    return {
      id: chosen.id[0],
      places: chosen.url.filter((name) => header.includes(name) && !isPicture(name)),
      labels: chosen.label.length > 0 ? chosen.label : header.filter((name) => LABEL_COLUMNS.includes(name)),
      values: chosen.values,
      picture,
    };
  } catch (error) {
    if (error instanceof RowProblem) throw annotationsInvalid(error.message, null);
    throw error;
  }
}

/** A usual name of a place, which stands for the pictures that a file contains. */
const [ANY] = COLUMN_NAMES.url;
const LABEL_COLUMNS = ['labels', 'cls', 'classes'];

/** Hugging Face notes the names of the classes that numbers stand for. */
function noteClassNames(file: ParquetFile, labels: readonly string[], names: Map<string, string>): void {
  const note = file.notes.get('huggingface');
  if (note === undefined) return;
  try {
    const { info } = JSON.parse(note) as { info?: { features?: Record<string, Feature> } };
    for (const column of labels) {
      const feature = info?.features?.[column];
      const classes = (feature?.feature ?? feature)?.names;
      if (!Array.isArray(classes)) continue;
      classes.forEach((name, at) => {
        if (typeof name === 'string') names.set(String(at), name);
      });
    }
  } catch (error) {
    // A note that says something else names no classes.
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
  }
}

interface Feature {
  readonly names?: unknown;
  /** Of a list: what its elements are. */
  readonly feature?: Feature;
}

/** A value as JSON has it. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
      ? Number(value)
      : String(value);
  }
  if (value instanceof Uint8Array) return undefined;
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as number[], plain);
  return Array.isArray(value) ? value.map(plain) : value;
}

function textsOf(value: unknown): string[] {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  return texts.filter((text): text is string => typeof text === 'string' && text !== '');
}

function termsOf(value: unknown): (string | number)[] {
  const terms: unknown[] = Array.isArray(value) ? value : [value];
  return terms.filter((term) => typeof term === 'string' || typeof term === 'number');
}
