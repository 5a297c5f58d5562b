import type { AnnotationFormat } from '../annotation-format.ts';
import type { ContainedPicture } from '../containers/contained-picture.ts';
import type { LabelNames } from '../label-names.ts';
import type { Layout } from '../layouts/layout.ts';
import { IMAGES, type RowSchema } from '../layouts/row-schema.ts';
import { RowProblem, termOf, type Row, type Term } from '../reading/row.ts';
import { FaultList, type RowFaults } from './fault-list.ts';
import { FirstPictures } from './first-pictures.ts';
import { IdTable } from './id-table.ts';
import { IdFilter, RowIndex } from './row-index.ts';

const MAX_LABEL_LENGTH = 500;
/** How many labels that were not selected are remembered. */
const MAX_SUGGESTED = 10_000;
/** How many images are looked at for their keys. */
const LOOKED_AT = 100;

/** An image as the annotations describe it, joined from all of its rows. */
export interface AnnotatedImage {
  /** Unique in the file. */
  readonly id: string;
  /** Without repetition. */
  readonly labels: readonly string[];
  /** URLs and paths of the picture as the file has them, in the order to try. */
  readonly places: readonly string[];
  /** Where the picture is inside a file, to be tried before any place. */
  readonly contained: ContainedPicture | undefined;
  /** The values that the options name, in their order: text in CSV, as they are in JSON; undefined if missing. */
  readonly values: readonly unknown[];
}

/**
 * What one pass over an annotation file found: the ids and labels of the selected images, and where their
 * rows are, so that a later pass reads only those.
 *
 * Rows are joined by image id, where 7 and "7" are the same. If several rows have the same id, they are one
 * image: with the places of the first of its rows among the images, and the labels of all of them. A later row with
 * another picture is a fault, because only one of the two can be imported. An annotation without an image is skipped;
 * an image without an annotation has no labels.
 */
export class Survey {
  readonly format: AnnotationFormat;
  /** Names of labels that the file itself contains. */
  readonly names: LabelNames;
  /** Labels to select that no row has. */
  readonly missingLabels: readonly string[];
  /** Labels in the file, if only some are selected: as many as are worth suggesting. */
  readonly labels: readonly string[];
  /** The number of selected images. */
  readonly imageCount: number;
  /** The columns of CSV, or the keys of the first images. */
  readonly columns: readonly string[];
  /** The rows that could not be used. */
  readonly faults: RowFaults;

  private constructor(
    private readonly layout: Layout,
    private readonly rows: RowIndex,
    private readonly ids: IdTable,
    /** Null if all images are selected. */
    private readonly selected: IdFilter | null,
    facts: Pick<
      Survey,
      'format' | 'names' | 'missingLabels' | 'labels' | 'imageCount' | 'columns' | 'faults'
    >,
  ) {
    this.format = facts.format;
    this.names = facts.names;
    this.missingLabels = facts.missingLabels;
    this.labels = facts.labels;
    this.imageCount = facts.imageCount;
    this.columns = facts.columns;
    this.faults = facts.faults;
  }

  /** Reads the whole file. Selects the images with at least one of the labels, or all without `labels`. */
  static async make(
    layout: Layout,
    labels: readonly string[] | undefined,
    signal: AbortSignal,
  ): Promise<Survey> {
    const wanted = labels === undefined ? null : new Set(labels.map(termOf));
    const rows = new RowIndex();
    const ids = new IdTable();
    const pictures = new FirstPictures();
    const faults = new FaultList();
    const seen = new Set<Term>();
    const others = new Set<Term>();
    const columns = new Set<string>();
    let looked = 0;
    let imageCount = 0;
    const note = (label: Term) => {
      if (wanted?.has(label) === true) {
        seen.add(label);
        return true;
      }
      if (others.size < MAX_SUGGESTED) others.add(label);
      return false;
    };
    const add = (id: number, labels: readonly Term[], places: readonly string[]) => {
      ids.addLabels(id, labels);
      if (ids.flag(id)) imageCount += 1;
      pictures.check(id, places);
    };
    const join = (schema: RowSchema, row: Row, id: number, labels: readonly Term[]) => {
      if (row.list !== IMAGES) {
        ids.addLabels(id, labels);
        return;
      }
      const contained = schema.containedIn(row);
      add(id, labels, contained === undefined ? schema.placesOf(row) : [JSON.stringify(contained)]);
      for (const view of schema.viewsOf(row)) add(ids.assignNumber(view.id), labels, view.places);
    };
    const visit = (row: Row, offset: number) => {
      if (layout.takeOther?.(row) === true) return;
      const schema = layout.schema();
      if (schema.isBlank(row)) return;
      const id = schema.idOf(row);
      const labels = labelsOf(schema, row);
      if (row.list === IMAGES && looked < LOOKED_AT) {
        looked += 1;
        for (const name of row.names()) columns.add(name);
      }
      const views = schema.viewsOf(row);
      rows.add(row.list, offset, id);
      for (const view of views) rows.add(row.list, offset, view.id);
      if (wanted === null) join(schema, row, ids.assignNumber(id), labels);
      else if (labels.filter(note).length > 0) {
        ids.assignNumber(id);
        for (const view of views) ids.assignNumber(view.id);
      }
    };
    await layout.reader.scan(visit, (fault) => faults.add(fault), signal);
    const { format, names } = layout.finish();
    const missing = wanted === null ? [] : [...wanted].filter((label) => !seen.has(label));

    let selected: IdFilter | null = null;
    if (wanted !== null) {
      selected = new IdFilter();
      for (const id of ids.all()) selected.add(id);
      // A row with other labels of an image may precede the one that selects it.
      const schema = layout.schema();
      const joinSelected = (row: Row, offset: number): undefined => {
        const id = ids.numberOf(schema.idOf(row));
        if (id === undefined) return;
        try {
          join(schema, row, id, labelsOf(schema, row));
        } catch (error) {
          if (!(error instanceof RowProblem)) throw error;
          faults.add({ problem: error.message, offset, text: String(schema.idOf(row)) });
        }
      };
      await layout.reader.read(rows.places(selected), joinSelected, signal).next();
    }
    return new Survey(layout, rows, ids, selected, {
      format,
      names,
      missingLabels: missing.map(String),
      labels: [...seen, ...others].map(String),
      imageCount,
      columns: layout.columns?.() ?? [...columns],
      faults: await faults.located((offsets) => layout.reader.textPlacesOf(offsets)),
    });
  }

  /** Yields the selected images in batches, in the order of the file, which must not have changed. */
  async *images(signal: AbortSignal): AsyncGenerator<AnnotatedImage[], void, undefined> {
    const { layout, rows, ids, selected } = this;
    const schema = layout.schema();
    const yielded = new Uint8Array(ids.size);
    const isNext = (id: Term) => {
      const number = ids.numberOf(id);
      return number !== undefined && yielded[number] === 0;
    };
    // A row with several views comes once for each.
    const pick = (row: Row): AnnotatedImage | undefined => {
      const own = schema.idOf(row);
      const view = isNext(own) ? undefined : schema.viewsOf(row).find((one) => isNext(one.id));
      const id = view?.id ?? own;
      const number = ids.numberOf(id);
      if (number === undefined || yielded[number] === 1) return undefined;
      yielded[number] = 1;
      return {
        id: String(id),
        labels: ids.labelsOf(number),
        places: view?.places ?? schema.placesOf(row),
        contained: schema.containedIn(row),
        values: schema.valuesOf(row),
      };
    };
    yield* layout.reader.read(rows.places(selected, IMAGES), pick, signal);
  }
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
