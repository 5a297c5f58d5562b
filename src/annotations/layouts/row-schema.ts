import { COLUMN_NAMES, plainName, type ColumnNames } from '../annotation-format.ts';
import type { ContainedPicture } from '../containers/contained-picture.ts';
import { RowProblem, type Row, type Term } from '../reading/row.ts';
import type { View } from './product-pictures.ts';
import { shopColumnsIn } from './shop-columns.ts';

/** The list whose rows are images. All rows of CSV and JSONL belong to it. */
export const IMAGES = 'images';
export const ANNOTATIONS = 'annotations';

const NO_VIEWS: readonly View[] = [];

/** What the values of a row mean. */
export abstract class RowSchema {
  /** The keys to read. Their order gives their indexes in `Row`. */
  abstract readonly keys: readonly string[];

  /** Throws `RowProblem` if the row does not name an image. */
  abstract idOf(row: Row): Term;
  abstract eachLabel(row: Row, visit: (label: Term) => void): void;

  /** Whether the row has nothing but empty fields, as spreadsheets write them behind the last row. */
  isBlank(_row: Row): boolean {
    return false;
  }

  /** The images that the row describes beside its own, with the same labels and values. */
  viewsOf(_row: Row): readonly View[] {
    return NO_VIEWS;
  }

  /** URLs and paths, in the order to try. */
  abstract placesOf(row: Row): string[];

  /** Where the picture is inside a file, to be tried before any place; undefined if it is in none. */
  containedIn(_row: Row): ContainedPicture | undefined {
    return undefined;
  }

  /** The values of the further keys that were asked for, in their order. */
  abstract valuesOf(row: Row): unknown[];
}

/** Rows of objects that are read by the keys of a tool, beside those whose values were asked for. */
export abstract class KeyedSchema extends RowSchema {
  override readonly keys: readonly string[];
  private readonly values: readonly number[];

  constructor(own: readonly string[], values: readonly string[]) {
    super();
    this.keys = [...new Set([...own, ...values])];
    this.values = values.map((key) => this.keys.indexOf(key));
  }

  override valuesOf(row: Row): unknown[] {
    return this.values.map((key) => row.value(key));
  }
}

const ID_KEYS = ['image_id', 'imageId', 'id'];
const IMATERIALIST_LABELS = ['label_id', 'labelId', 'class'];
const COCO_LABEL = 'category_id';
const COCO_PLACES = ['coco_url', 'flickr_url'];

/**
 * Rows as in iMaterialist, COCO, or either. The two differ only in what an annotation's `id` is: in COCO it
 * is the id of the annotation, not of the image.
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

  private readonly values: readonly number[];

  constructor(
    kinds: { readonly imaterialist: boolean; readonly coco: boolean },
    values: readonly string[] = [],
  ) {
    super();
    const { imaterialist, coco } = kinds;
    // A picture on disk is tried first.
    const places = [...(coco ? ['file_name'] : []), 'url', ...(coco ? COCO_PLACES : [])];
    const labels = [...(imaterialist ? IMATERIALIST_LABELS : []), ...(coco ? [COCO_LABEL] : [])];
    this.keys = [...new Set([...ID_KEYS, ...places, ...labels, ...values])];
    const numbersOf = (keys: readonly string[]) => keys.map((key) => this.keys.indexOf(key));
    this.values = numbersOf(values);
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

  override valuesOf(row: Row): unknown[] {
    return this.values.map((key) => row.value(key));
  }

  override placesOf(row: Row): string[] {
    return this.places.flatMap((key) => row.texts(key));
  }
}

/** Rows of CSV and JSONL: each is an image, or a further label of one. */
export class ColumnSchema extends RowSchema {
  override readonly keys: readonly string[];
  private readonly ids: readonly number[];
  private readonly places: readonly number[];
  private readonly labels: readonly number[];
  private readonly idRequired: boolean;
  /** Whether all label columns count, and not only the first that the row has. */
  private readonly allLabels: boolean;

  private readonly values: readonly number[];

  constructor({ id, url, label }: ColumnNames, values: readonly string[] = []) {
    super();
    const roles = {
      id: id ?? COLUMN_NAMES.id,
      url: url ?? COLUMN_NAMES.url,
      label: label ?? COLUMN_NAMES.label,
    };
    this.keys = [...new Set([...roles.id, ...roles.url, ...roles.label, ...values])];
    const numbersOf = (keys: readonly string[]) => keys.map((key) => this.keys.indexOf(key));
    this.values = numbersOf(values);
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
    // In a catalogue of nothing but paths or URLs, each is its own id.
    const place = this.idRequired ? undefined : this.placesOf(row)[0];
    if (place !== undefined) return checkedId(place);
    throw new RowProblem(`the row has no image id (${this.ids.map((key) => this.keys[key]).join(', ')})`);
  }

  override isBlank(row: Row): boolean {
    if (this.ids.length === 0) return this.placesOf(row).every((place) => place === '');
    return this.keys.every((_name, key) => row.term(key) === '');
  }

  override eachLabel(row: Row, visit: (label: Term) => void): void {
    for (const key of this.labels) {
      if (!row.has(key)) continue;
      row.eachTerm(key, visit);
      if (!this.allLabels) return;
    }
  }

  override valuesOf(row: Row): unknown[] {
    return this.values.map((key) => row.value(key));
  }

  override placesOf(row: Row): string[] {
    const places = this.places.filter((key) => row.has(key));
    if (places.length > 0) return places.flatMap((key) => row.texts(key)).filter((text) => text !== '');
    // In iMaterialist Fashion 2019, the id is the name of the file.
    const key = this.ids.find((one) => row.has(one));
    const id = key === undefined ? undefined : row.term(key);
    return id === undefined ? [] : [String(id)];
  }
}

/** The columns of a CSV file by what they hold, under the names that the header gives them. */
export interface ChosenColumns extends Required<ColumnNames> {
  readonly values: readonly string[];
}

/**
 * Chooses the columns of a CSV file. Case, spaces, hyphens and underscores of names do not matter unless they tell two
 * columns apart. Throws `RowProblem` if one that was named does not exist, or if none has a usual name of an id, a path
 * or a URL.
 */
export function columnsIn(
  header: readonly string[],
  named: ColumnNames,
  values: readonly string[] = [],
): ChosenColumns {
  const byPlainName = new Map(header.toReversed().map((name) => [plainName(name), name]));
  const find = (name: string) => (header.includes(name) ? name : byPlainName.get(plainName(name)));
  const chosen = (names: readonly string[]) =>
    names.map((name) => {
      const column = find(name);
      if (column !== undefined) return column;
      throw new RowProblem(`there is no column ${quoted([name])}. The columns are ${quoted(header)}`);
    });
  const usual = (names: readonly string[]) => [...new Set(names.flatMap((name) => find(name) ?? []))];
  const columns = {
    id: named.id ? chosen(named.id) : usual(COLUMN_NAMES.id).slice(0, 1),
    url: named.url ? chosen(named.url) : usual(COLUMN_NAMES.url),
    label: named.label ? chosen(named.label) : usual(COLUMN_NAMES.label).slice(0, 1),
    values: chosen(values),
  };
  if (columns.id.length === 0 && columns.url.length === 0) {
    if (shopColumnsIn(header) !== undefined) return columns;
    throw new RowProblem(
      `no column has a name for an image id (${COLUMN_NAMES.id.join(', ')}) or for a path or URL (${COLUMN_NAMES.url.join(', ')}). ` +
        `The columns are ${quoted(header)}. Name the ones to use`,
    );
  }
  const used = [...columns.id, ...columns.url, ...columns.label, ...columns.values];
  const twice = used.find((name) => header.indexOf(name) !== header.lastIndexOf(name));
  if (twice !== undefined) throw new RowProblem(`there are several columns named ${quoted([twice])}`);
  return columns;
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => JSON.stringify(name.slice(0, 60)));
  return `${shown.join(', ')}${names.length > shown.length ? ', …' : ''}`;
}

/** Throws `RowProblem` unless an id has 1 to 1,000 characters. */
export function checkedId(id: Term): Term {
  if (typeof id === 'string' && (id === '' || id.length > 1_000)) {
    throw new RowProblem('an id must have 1 to 1,000 characters');
  }
  return id;
}
