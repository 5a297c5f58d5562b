import {
  AnnotationFormat,
  COLUMN_NAMES,
  DEFAULT_SEPARATOR,
  type AnnotationOptions,
  type ColumnNames,
} from '../annotation-format.ts';
import { annotationsInvalid, columnsUnused } from '../annotations.errors.ts';
import { CsvReader } from '../csv/csv-reader.ts';
import { JsonReader } from '../json/json-reader.ts';
import { JsonlReader } from '../json/jsonl-reader.ts';
import type { LabelNames } from '../label-names.ts';
import type { RowReader } from '../reading/row-reader.ts';
import type { Row } from '../reading/row.ts';
import { detectShape, type FileShape } from './detect-shape.ts';
import { ANNOTATIONS, ColumnSchema, columnsIn, IMAGES, JsonSchema, type RowSchema } from './row-schema.ts';

const CATEGORIES = 'categories';

/** How to read one file: its rows, and what their values mean. */
export interface Layout {
  readonly reader: RowReader;
  /** What the values mean. In CSV this is known once the header has been read. */
  readonly schema: () => RowSchema;
  /** Handles a row of a list other than images and annotations; returns false if it is not one. */
  readonly takeOther?: (row: Row) => boolean;
  /** All columns of the file, once its header has been read. Missing for JSON, where each row has its keys. */
  readonly columns?: () => readonly string[];
  /** To be called after the scan. Throws `ANNOTATIONS_INVALID` if the file is not an annotation file after all. */
  readonly finish: () => {
    readonly format: AnnotationFormat;
    /** Names of labels that the file itself contains. */
    readonly names: LabelNames;
  };
}

/** Detects the format, unless the options name one, and returns how to read the file. */
export async function layoutOf(file: string, options: AnnotationOptions): Promise<Layout> {
  const {
    format = AnnotationFormat.AUTO,
    columns,
    labelSeparator = DEFAULT_SEPARATOR,
    values = [],
  } = options;
  switch (await shapeOf(file, format, columns ?? {})) {
    case 'csv':
      return csvLayout(file, columns ?? {}, values, labelSeparator);
    case 'jsonl':
      return jsonlLayout(file, columns ?? {}, values);
    case 'json':
      if (columns !== undefined) throw columnsUnused();
      return jsonLayout(file, format, values);
  }
}

async function shapeOf(file: string, format: AnnotationFormat, columns: ColumnNames): Promise<FileShape> {
  switch (format) {
    case AnnotationFormat.AUTO:
      return detectShape(file, columns);
    case AnnotationFormat.CSV:
      return 'csv';
    case AnnotationFormat.JSONL:
      return 'jsonl';
    case AnnotationFormat.IMATERIALIST:
    case AnnotationFormat.COCO:
      return 'json';
  }
}

function jsonLayout(file: string, format: AnnotationFormat, values: readonly string[]): Layout {
  const imaterialist = format !== AnnotationFormat.COCO;
  const coco = format !== AnnotationFormat.IMATERIALIST;
  const schema = new JsonSchema({ imaterialist, coco }, values);
  const keys = [...new Set([...schema.keys, 'name'])];
  const nameKey = keys.indexOf('name');
  const idKey = schema.keys.indexOf('id');
  const lists = [IMAGES, ANNOTATIONS, ...(coco ? [CATEGORIES] : [])];
  const reader = new JsonReader(file, { lists, keys });
  const names = new Map<string, string>();
  let isCoco = false;
  return {
    reader,
    schema: () => schema,
    takeOther: (row) => {
      if (row.list !== CATEGORIES) {
        isCoco ||= schema.isCoco(row);
        return false;
      }
      const id = row.term(idKey);
      const [name] = row.texts(nameKey);
      if (id !== undefined && name !== undefined && !names.has(String(id))) names.set(String(id), name);
      return true;
    },
    finish: () => {
      if (!reader.found.has(IMAGES)) throw annotationsInvalid(`the file has no "${IMAGES}" list`, null);
      const found = format === AnnotationFormat.COCO || isCoco || reader.found.has(CATEGORIES);
      return { format: found ? AnnotationFormat.COCO : AnnotationFormat.IMATERIALIST, names };
    },
  };
}

function jsonlLayout(file: string, columns: ColumnNames, values: readonly string[]): Layout {
  const schema = new ColumnSchema(columns, values);
  return {
    reader: new JsonlReader(file, { list: IMAGES, keys: schema.keys }),
    schema: () => schema,
    finish: () => ({ format: AnnotationFormat.JSONL, names: new Map() }),
  };
}

function csvLayout(file: string, named: ColumnNames, values: readonly string[], separator: string): Layout {
  let all: readonly string[] = [];
  let schema = new ColumnSchema(COLUMN_NAMES);
  const columns = (header: readonly string[]) => {
    all = header;
    schema = new ColumnSchema(columnsIn(header, named, values), values);
    return schema.keys;
  };
  return {
    reader: new CsvReader(file, { list: IMAGES, separator, columns }),
    schema: () => schema,
    columns: () => all,
    finish: () => ({ format: AnnotationFormat.CSV, names: new Map() }),
  };
}
