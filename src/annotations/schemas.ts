import { COLUMN_NAMES, type ColumnNames } from './annotation-format.ts';
import { RowProblem, type Row, type Term } from './row.ts';

/** The list whose rows are images; all rows of CSV and JSONL count for it. */
export const IMAGES = 'images';
export const ANNOTATIONS = 'annotations';

/** What the values of a row mean. */
export abstract class RowSchema {
  /** The keys that are looked at, by the numbers that a `Row` knows them by. */
  abstract readonly keys: readonly string[];

  /** Throws `RowProblem` where the row is of no image. */
  abstract idOf(row: Row): Term;
  abstract eachLabel(row: Row, visit: (label: Term) => void): void;
  /** URLs and paths, in the order to try. */
  abstract placesOf(row: Row): string[];
}

const ID_KEYS = ['image_id', 'imageId', 'id'];
const IMATERIALIST_LABELS = ['label_id', 'labelId', 'class'];
const COCO_LABEL = 'category_id';
const COCO_PLACES = ['coco_url', 'flickr_url'];

/**
 * Rows of the iMaterialist and COCO kinds, or of both: they do not contradict each other but in that
 * an annotation of COCO has an `id` of its own.
 */
export class JsonSchema extends RowSchema {
  override readonly keys: readonly string[];
  private readonly ids: readonly number[];
  private readonly places: readonly number[];
  private readonly labels: readonly number[];
  private readonly ownId: number;
  private readonly cocoLabel: number;
  /** Keys that only COCO has. */
  private readonly cocoKeys: readonly number[];

  constructor(kinds: { readonly imaterialist: boolean; readonly coco: boolean }) {
    super();
    const { imaterialist, coco } = kinds;
    // A picture on the disk is tried first.
    const places = [...(coco ? ['file_name'] : []), 'url', ...(coco ? COCO_PLACES : [])];
    const labels = [...(imaterialist ? IMATERIALIST_LABELS : []), ...(coco ? [COCO_LABEL] : [])];
    this.keys = [...ID_KEYS, ...places, ...labels];
    const numbersOf = (keys: readonly string[]) => keys.map((key) => this.keys.indexOf(key));
    this.ids = numbersOf(ID_KEYS);
    this.places = numbersOf(places);
    this.labels = numbersOf(labels);
    this.ownId = this.keys.indexOf('id');
    this.cocoLabel = this.keys.indexOf(COCO_LABEL);
    this.cocoKeys = numbersOf(coco ? ['file_name', ...COCO_PLACES, COCO_LABEL] : []);
  }

  isCoco(row: Row): boolean {
    return this.cocoKeys.some((key) => row.has(key));
  }

  override idOf(row: Row): Term {
    for (const key of this.ids) {
      if (
        key === this.ownId &&
        row.list === ANNOTATIONS &&
        this.cocoLabel !== -1 &&
        row.has(this.cocoLabel)
      ) {
        continue;
      }
      const id = row.term(key);
      if (id !== undefined) return checkedId(id);
    }
    throw new RowProblem('the row has no image id (image_id, imageId or id)');
  }

  override eachLabel(row: Row, visit: (label: Term) => void): void {
    for (const key of this.labels) row.eachTerm(key, visit);
  }

  override placesOf(row: Row): string[] {
    return this.places.flatMap((key) => row.texts(key));
  }
}

/** Rows of CSV and JSONL, where each is an image, or a label more of one. */
export class ColumnSchema extends RowSchema {
  override readonly keys: readonly string[];
  private readonly ids: readonly number[];
  private readonly places: readonly number[];
  private readonly labels: readonly number[];
  private readonly idRequired: boolean;
  /** All label columns count, not only the first that there is. */
  private readonly allLabels: boolean;

  constructor({ id, url, label }: ColumnNames) {
    super();
    const roles = {
      id: id ?? COLUMN_NAMES.id,
      url: url ?? COLUMN_NAMES.url,
      label: label ?? COLUMN_NAMES.label,
    };
    this.keys = [...new Set([...roles.id, ...roles.url, ...roles.label])];
    const numbersOf = (keys: readonly string[]) => keys.map((key) => this.keys.indexOf(key));
    this.ids = numbersOf(roles.id);
    this.places = numbersOf(roles.url);
    this.labels = numbersOf(roles.label);
    this.idRequired = id !== undefined && id.length > 0;
    this.allLabels = label !== undefined;
  }

  override idOf(row: Row): Term {
    for (const key of this.ids) {
      const id = row.term(key);
      if (id !== undefined) return checkedId(id);
    }
    // A catalogue of paths or URLs alone: each is its own id.
    const place = this.idRequired ? undefined : this.placesOf(row)[0];
    if (place !== undefined) return checkedId(place);
    throw new RowProblem(`the row has no image id (${this.ids.map((key) => this.keys[key]).join(', ')})`);
  }

  override eachLabel(row: Row, visit: (label: Term) => void): void {
    for (const key of this.labels) {
      if (!row.has(key)) continue;
      row.eachTerm(key, visit);
      if (!this.allLabels) return;
    }
  }

  override placesOf(row: Row): string[] {
    const places = this.places.filter((key) => row.has(key));
    if (places.length > 0) return places.flatMap((key) => row.texts(key)).filter((text) => text !== '');
    // As in Fashion 2019, where the id is the name of the file.
    return this.ids
      .filter((key) => row.has(key))
      .slice(0, 1)
      .map((key) => String(row.term(key) ?? ''));
  }
}

/**
 * The columns of a CSV file that hold what is wanted. Throws `RowProblem` where one that was named is
 * not there, or nothing there has the name of an id or a place.
 */
export function columnsIn(header: readonly string[], named: ColumnNames): Required<ColumnNames> {
  const given = [...(named.id ?? []), ...(named.url ?? []), ...(named.label ?? [])];
  const missing = given.find((name) => !header.includes(name));
  if (missing !== undefined) {
    throw new RowProblem(`there is no column ${quoted([missing])}; there are ${quoted(header)}`);
  }
  const usual = (names: readonly string[]) => names.filter((name) => header.includes(name));
  const columns = {
    id: named.id ?? usual(COLUMN_NAMES.id).slice(0, 1),
    url: named.url ?? usual(COLUMN_NAMES.url),
    label: named.label ?? usual(COLUMN_NAMES.label).slice(0, 1),
  };
  if (columns.id.length === 0 && columns.url.length === 0) {
    throw new RowProblem(
      `no column holds an image id (${COLUMN_NAMES.id.join(', ')}) or a place (${COLUMN_NAMES.url.join(', ')}); ` +
        `there are ${quoted(header)}; name the ones to use`,
    );
  }
  const used = [...columns.id, ...columns.url, ...columns.label];
  const twice = used.find((name) => header.indexOf(name) !== header.lastIndexOf(name));
  if (twice !== undefined) throw new RowProblem(`there are several columns ${quoted([twice])}`);
  return columns;
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => JSON.stringify(name.slice(0, 60)));
  return `${shown.join(', ')}${names.length > shown.length ? ', …' : ''}`;
}

function checkedId(id: Term): Term {
  if (typeof id === 'string' && (id === '' || id.length > 1_000)) {
    throw new RowProblem('an id has 1 to 1,000 characters');
  }
  return id;
}
