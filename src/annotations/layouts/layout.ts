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
import { ListReader } from '../lists/list-reader.ts';
import {
  detectDelimiter,
  detectShape,
  listColumnsOf,
  toolOfRows,
  type FileShape,
  type TranscribedShape,
} from './detect-shape.ts';
import { FiftyOneEntrySchema, FiftyOneSampleSchema } from './fiftyone-schemas.ts';
import { tableSchemaOf } from './known-tables.ts';
import { LabelboxSchema } from './labelbox-schema.ts';
import { LabelStudioSchema } from './label-studio-schema.ts';
import { ListSchema } from './list-schema.ts';
import { ViaSchema } from './via-schema.ts';
import { ANNOTATIONS, ColumnSchema, columnsIn, IMAGES, JsonSchema, type RowSchema } from './row-schema.ts';

const CATEGORIES = 'categories';
const VIA_IMAGES = '_via_img_metadata';
const SAMPLES = 'samples';
const CLASSES = 'classes';
const LABELS = 'labels';
/** More than any set of classes has. */
const MAX_CLASSES = 1_000_000;

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

/**
 * How to read a file of one of the shapes that `shapeOf` tells. Rejects with `COLUMNS_UNUSED` and
 * `ANNOTATIONS_INVALID`.
 */
export async function layoutOf(
  file: string,
  shape: Exclude<FileShape, TranscribedShape>,
  options: AnnotationOptions,
): Promise<Layout> {
  const { format = AnnotationFormat.AUTO, columns, labelSeparator, values = [] } = options;
  if (shape === 'csv') {
    const delimiter = options.delimiter ?? (await detectDelimiter(file, columns ?? {}));
    const separator = labelSeparator ?? (delimiter === DEFAULT_SEPARATOR ? '' : DEFAULT_SEPARATOR);
    return csvLayout(file, { named: columns ?? {}, values, separator, delimiter });
  }
  if (shape === 'jsonl' || shape === 'json-list') {
    const tool = columns === undefined ? await toolOfRows(file) : undefined;
    const schema = rowSchemaOf(tool, columns ?? {}, values);
    return shape === 'jsonl' ? jsonlLayout(file, schema) : jsonListLayout(file, schema);
  }
  if (columns !== undefined) throw columnsUnused();
  switch (shape) {
    case 'json':
      return jsonLayout(file, format, values);
    case 'via-project':
    case 'via-images':
      return viaLayout(file, shape === 'via-project', values);
    case 'fiftyone-samples':
      return fiftyOneLayout(file, values);
    case 'fiftyone-labels':
      return fiftyOneLabelsLayout(file);
    case 'list-file':
      return listLayout(file, await listColumnsOf(file), values);
  }
}

/** The shape of a file: detected, unless the options name a format. */
export async function shapeOf(
  file: string,
  { format = AnnotationFormat.AUTO, columns = {}, delimiter }: AnnotationOptions,
): Promise<FileShape> {
  switch (format) {
    case AnnotationFormat.CSV:
      return 'csv';
    case AnnotationFormat.JSONL:
      return 'jsonl';
    case AnnotationFormat.JSON:
      return 'json-list';
    case AnnotationFormat.IMATERIALIST:
    case AnnotationFormat.COCO:
      return 'json';
    case AnnotationFormat.DEEPFASHION:
      return 'list-file';
    case AnnotationFormat.MERCHANT_XML:
      return 'xml';
    case AnnotationFormat.AUTO:
    case AnnotationFormat.VIA:
    case AnnotationFormat.FIFTYONE:
    case AnnotationFormat.PARQUET:
    case AnnotationFormat.WEBDATASET: {
      const shape = await detectShape(file, columns, delimiter);
      if (format !== AnnotationFormat.AUTO && FORMATS[shape] !== format) {
        throw annotationsInvalid(`the content is not what ${format} names`, null);
      }
      return shape;
    }
  }
}

/** The formats of the shapes that one tool alone writes. */
const FORMATS: Partial<Record<FileShape, AnnotationFormat>> = {
  'via-project': AnnotationFormat.VIA,
  'via-images': AnnotationFormat.VIA,
  'via-3-project': AnnotationFormat.VIA,
  'fiftyone-samples': AnnotationFormat.FIFTYONE,
  'fiftyone-labels': AnnotationFormat.FIFTYONE,
};

function rowSchemaOf(
  tool: 'label-studio' | 'labelbox' | undefined,
  columns: ColumnNames,
  values: readonly string[],
): RowSchema {
  if (tool === 'label-studio') return new LabelStudioSchema(values);
  return tool === 'labelbox' ? new LabelboxSchema(values) : new ColumnSchema(columns, values);
}

function viaLayout(file: string, isProject: boolean, values: readonly string[]): Layout {
  const schema = new ViaSchema(values);
  const rows = isProject ? { maps: [VIA_IMAGES], as: { [VIA_IMAGES]: IMAGES } } : { bareMap: IMAGES };
  const reader = new JsonReader(file, { lists: [], ...rows, keys: schema.keys });
  return rowLayout(reader, schema, AnnotationFormat.VIA, `the file has no object "${VIA_IMAGES}"`);
}

function fiftyOneLayout(file: string, values: readonly string[]): Layout {
  const schema = new FiftyOneSampleSchema(values);
  const reader = new JsonReader(file, { lists: [SAMPLES], as: { [SAMPLES]: IMAGES }, keys: schema.keys });
  return rowLayout(reader, schema, AnnotationFormat.FIFTYONE, `the file has no list "${SAMPLES}"`);
}

/** The names of classes are a list beside the labels, in which these are numbers. */
function fiftyOneLabelsLayout(file: string): Layout {
  const schema = new FiftyOneEntrySchema();
  const reader = new JsonReader(file, {
    lists: [CLASSES],
    maps: [LABELS],
    values: [CLASSES, LABELS],
    as: { [LABELS]: IMAGES },
    keys: schema.keys,
  });
  const layout = rowLayout(reader, schema, AnnotationFormat.FIFTYONE, `the file has no object "${LABELS}"`);
  const names = new Map<string, string>();
  let classes = 0;
  return {
    ...layout,
    takeOther: (row) => {
      if (row.list !== CLASSES) return false;
      const name = row.whole();
      if (typeof name === 'string' && classes < MAX_CLASSES) names.set(String(classes), name);
      classes += 1;
      return true;
    },
    finish: () => ({ ...layout.finish(), names }),
  };
}

function listLayout(file: string, columns: readonly string[], values: readonly string[]): Layout {
  const schema = new ListSchema(columns, values);
  return {
    reader: new ListReader(file, IMAGES, columns.length),
    schema: () => schema,
    columns: () => columns,
    finish: () => ({ format: AnnotationFormat.DEEPFASHION, names: new Map() }),
  };
}

/** The layout of a JSON file of one tool, which must have the list of images, or else the problem. */
function rowLayout(reader: JsonReader, schema: RowSchema, format: AnnotationFormat, problem: string): Layout {
  return {
    reader,
    schema: () => schema,
    finish: () => {
      if (!reader.found.has(IMAGES)) throw annotationsInvalid(problem, null);
      return { format, names: new Map() };
    },
  };
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

function jsonlLayout(file: string, schema: RowSchema): Layout {
  return {
    reader: new JsonlReader(file, { list: IMAGES, keys: schema.keys }),
    schema: () => schema,
    finish: () => ({ format: AnnotationFormat.JSONL, names: new Map() }),
  };
}

function jsonListLayout(file: string, schema: RowSchema): Layout {
  const reader = new JsonReader(file, { lists: [], bareList: IMAGES, keys: schema.keys });
  return rowLayout(reader, schema, AnnotationFormat.JSON, 'the file is not a JSON list, [{…}, {…}]');
}

interface TableOptions {
  readonly named: ColumnNames;
  readonly values: readonly string[];
  readonly separator: string;
  readonly delimiter: string;
}

function csvLayout(file: string, { named, values, separator, delimiter }: TableOptions): Layout {
  let all: readonly string[] = [];
  let schema = new ColumnSchema(COLUMN_NAMES);
  const columns = (header: readonly string[]) => {
    all = header;
    schema = tableSchemaOf(header, named, columnsIn(header, named, values));
    return schema.keys;
  };
  return {
    reader: new CsvReader(file, { list: IMAGES, separator, delimiter, columns }),
    schema: () => schema,
    columns: () => all,
    finish: () => ({ format: AnnotationFormat.CSV, names: new Map() }),
  };
}
