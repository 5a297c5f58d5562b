import {
  AnnotationFormat,
  type AnnotationOptions,
  ANNOTATIONS,
  annotationsInvalid,
  COLUMN_NAMES,
  type ColumnNames,
  ColumnSchema,
  columnsIn,
  CsvReader,
  DEFAULT_SEPARATOR,
  detectShape,
  type FileShape,
  IdFilter,
  IdTable,
  IMAGES,
  JsonlReader,
  JsonReader,
  JsonSchema,
  type LabelNames,
  labelNamesBeside,
  readLabelNames,
  type Row,
  RowIndex,
  RowProblem,
  type RowReader,
  type RowSchema,
  type Term,
  termOf,
} from '../../annotations/index.ts';
import {
  DatasetSource,
  type ImageLocation,
  type SourceImage,
  type SourceSelection,
} from './dataset-source.port.ts';
import { importInputInvalid, labelUnknown } from '../datasets.errors.ts';

const CATEGORIES = 'categories';
const MAX_LABEL_LENGTH = 500;

interface Options extends AnnotationOptions {
  readonly annotationsPath: string;
  /** Folder that relative image paths begin at; null where such paths may not be read. */
  readonly imagesRoot: string | null;
  readonly labelNamesPath?: string;
}

/** The file as its format has it. */
interface Layout {
  readonly reader: RowReader;
  readonly schema: () => RowSchema;
  /** Looks at a row of another list than those of images and annotations. */
  readonly note?: (row: Row) => boolean;
  /** To be called after the reading: what the file has turned out to be, if it is anything. */
  readonly finish: () => { readonly format: AnnotationFormat; readonly names: LabelNames };
}

interface Survey {
  /** What the survey was made for. */
  readonly wanted: string;
  readonly layout: Layout;
  readonly format: AnnotationFormat;
  /** Names of labels that stand in the file itself. */
  readonly names: LabelNames;
  readonly index: RowIndex;
  readonly ids: IdTable;
  /** The ids that are selected; null where all are. */
  readonly selected: IdFilter | null;
  /** Images there are of the selected ids. */
  readonly images: number;
}

/**
 * Annotation files: those of the iMaterialist challenges, COCO, CSV and JSONL.
 *
 * Rows are joined by image id; numbers and strings mean the same. An id that has several rows is one
 * image: the place and URLs of its first row among the images, the labels of all rows. An annotation
 * without an image is passed over, an image without an annotation has no labels.
 *
 * The first reading surveys the whole file; what it found is kept, so that later ones look at the
 * rows of the selected images only.
 */
export class AnnotationsSource extends DatasetSource {
  private survey: Survey | undefined;

  constructor(private readonly options: Options) {
    super();
  }

  override async count(selection: SourceSelection, signal: AbortSignal): Promise<number> {
    const { images } = await this.surveyFor(selection, signal);
    return Math.min(images, selection.limit ?? images);
  }

  override async *read(selection: SourceSelection, signal: AbortSignal): AsyncIterable<SourceImage> {
    const { layout, index, ids, selected } = await this.surveyFor(selection, signal);
    const schema = layout.schema();
    const yielded = new Uint8Array(ids.size);
    let left = selection.limit ?? Infinity;
    const pick = (row: Row): SourceImage | undefined => {
      const id = schema.idOf(row);
      const number = ids.find(id);
      if (number === undefined || yielded[number] === 1) return undefined;
      yielded[number] = 1;
      const locations = this.locationsOf(schema.placesOf(row));
      return { externalId: String(id), labels: ids.labelsOf(number), locations };
    };
    for await (const images of layout.reader.read(index.places(selected, IMAGES), pick, signal)) {
      for (const image of images) {
        if (left <= 0) return;
        left -= 1;
        yield image;
      }
    }
  }

  override async labelNames(signal = new AbortController().signal): Promise<LabelNames> {
    const { labelNamesPath, annotationsPath } = this.options;
    if (labelNamesPath !== undefined) return readLabelNames(labelNamesPath);
    const { names } = this.survey ?? (await this.surveyFor({}, signal));
    return names.size > 0 ? names : labelNamesBeside(annotationsPath);
  }

  override async format(signal: AbortSignal): Promise<AnnotationFormat> {
    return (this.survey ?? (await this.surveyFor({}, signal))).format;
  }

  private async surveyFor(selection: SourceSelection, signal: AbortSignal): Promise<Survey> {
    const wanted = JSON.stringify(selection.labelIds ?? null);
    if (this.survey?.wanted !== wanted) {
      const labels = selection.labelIds === undefined ? null : new Set(selection.labelIds.map(termOf));
      this.survey = { wanted, ...(await this.surveyFile(labels, signal)) };
    }
    return this.survey;
  }

  private async surveyFile(
    wanted: ReadonlySet<Term> | null,
    signal: AbortSignal,
  ): Promise<Omit<Survey, 'wanted'>> {
    const layout = await this.layout();
    const { reader, note } = layout;
    const index = new RowIndex();
    const ids = new IdTable();
    const seen = new Set<Term>();
    let schema: RowSchema | undefined;
    let images = 0;
    let matches = false;
    const match = (label: Term) => {
      if (wanted?.has(label) !== true) return;
      matches = true;
      seen.add(label);
    };
    const join = (row: Row, id: number) => {
      if (schema !== undefined) ids.addLabels(id, labelsOf(schema, row));
      if (row.list === IMAGES && ids.flag(id)) images += 1;
    };
    await reader.scan((row, offset) => {
      if (note?.(row) === true) return;
      schema ??= layout.schema();
      const id = schema.idOf(row);
      index.add(row.list, offset, id);
      if (wanted === null) return join(row, ids.findOrAdd(id));
      matches = false;
      schema.eachLabel(row, match);
      if (matches) ids.findOrAdd(id);
    }, signal);
    const { format, names } = layout.finish();
    const unknown = wanted === null ? [] : [...wanted].filter((label) => !seen.has(label)).map(String);
    if (unknown.length > 0) throw labelUnknown(unknown, 'The annotation file');

    let selected: IdFilter | null = null;
    if (wanted !== null) {
      selected = new IdFilter();
      for (const id of ids.all()) selected.add(id);
      // A row with other labels of an image may have come before the one that makes it wanted.
      const look = (row: Row) => {
        const id = schema === undefined ? undefined : ids.find(schema.idOf(row));
        if (id !== undefined) join(row, id);
        return undefined;
      };
      await reader.read(index.places(selected), look, signal).next();
    }
    return { layout, format, names, index, ids, selected, images };
  }

  private async layout(): Promise<Layout> {
    const { format = AnnotationFormat.AUTO, columns, annotationsPath } = this.options;
    switch (await this.shape()) {
      case 'csv':
        return csvLayout(annotationsPath, columns ?? {}, this.options.labelSeparator ?? DEFAULT_SEPARATOR);
      case 'jsonl':
        return jsonlLayout(annotationsPath, columns ?? {});
      case 'json':
        if (columns !== undefined) {
          throw importInputInvalid(
            'Columns are named for CSV and JSONL; this file is a JSON object with lists.',
          );
        }
        return jsonLayout(annotationsPath, format);
    }
  }

  private async shape(): Promise<FileShape> {
    const { format = AnnotationFormat.AUTO, columns, annotationsPath } = this.options;
    switch (format) {
      case AnnotationFormat.AUTO:
        return detectShape(annotationsPath, columns ?? {});
      case AnnotationFormat.CSV:
        return 'csv';
      case AnnotationFormat.JSONL:
        return 'jsonl';
      case AnnotationFormat.IMATERIALIST:
      case AnnotationFormat.COCO:
        return 'json';
    }
  }

  /** A path that may not be read does not stand in the way of a URL. */
  private locationsOf(places: readonly string[]): ImageLocation[] {
    const texts = [...new Set(places)].filter((text) => text !== '');
    const urls = texts.filter(isUrl);
    const usable = this.options.imagesRoot === null && urls.length > 0 ? urls : texts;
    return usable.map((text) =>
      isUrl(text) ? { url: text } : { path: text, root: this.options.imagesRoot },
    );
  }
}

function jsonLayout(file: string, format: AnnotationFormat): Layout {
  const imaterialist = format !== AnnotationFormat.COCO;
  const coco = format !== AnnotationFormat.IMATERIALIST;
  const schema = new JsonSchema({ imaterialist, coco });
  const nameKey = schema.keys.length;
  const idKey = schema.keys.indexOf('id');
  const lists = [IMAGES, ANNOTATIONS, ...(coco ? [CATEGORIES] : [])];
  const reader = new JsonReader(file, { lists, keys: [...schema.keys, 'name'] });
  const names = new Map<string, string>();
  let isCoco = false;
  return {
    reader,
    schema: () => schema,
    note: (row) => {
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
      if (!reader.found.has(IMAGES)) throw annotationsInvalid(`there is no "${IMAGES}" list in it`, null);
      const found = format === AnnotationFormat.COCO || isCoco || reader.found.has(CATEGORIES);
      return { format: found ? AnnotationFormat.COCO : AnnotationFormat.IMATERIALIST, names };
    },
  };
}

function jsonlLayout(file: string, columns: ColumnNames): Layout {
  const schema = new ColumnSchema(columns);
  return {
    reader: new JsonlReader(file, { list: IMAGES, keys: schema.keys }),
    schema: () => schema,
    finish: () => ({ format: AnnotationFormat.JSONL, names: new Map() }),
  };
}

function csvLayout(file: string, named: ColumnNames, separator: string): Layout {
  let schema = new ColumnSchema(COLUMN_NAMES);
  const columns = (header: readonly string[]) => {
    schema = new ColumnSchema(columnsIn(header, named));
    return schema.keys;
  };
  return {
    reader: new CsvReader(file, { list: IMAGES, separator, columns }),
    schema: () => schema,
    finish: () => ({ format: AnnotationFormat.CSV, names: new Map() }),
  };
}

function labelsOf(schema: RowSchema, row: Row): Term[] {
  const labels: Term[] = [];
  schema.eachLabel(row, (label) => {
    if (typeof label === 'string' && label.length > MAX_LABEL_LENGTH) {
      throw new RowProblem(`a label has more than ${MAX_LABEL_LENGTH} characters`);
    }
    if (label !== '') labels.push(label);
  });
  return labels;
}

/** A scheme, as RFC 3986 has it, makes a URL of it; everything else is a path. */
function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text);
}
