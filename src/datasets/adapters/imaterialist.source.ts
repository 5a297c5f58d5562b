import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { IdTable } from '../annotations/id-table.ts';
import { ListPositions, readJsonRows } from '../annotations/json-rows.ts';
import { RowProblem, termOf, type RowView, type Term } from '../annotations/row-view.ts';
import {
  DatasetSource,
  type ImageLocation,
  type SourceImage,
  type SourceSelection,
} from '../dataset-source.port.ts';
import { annotationsInvalid, labelUnknown } from '../datasets.errors.ts';
import { systemCodeOf } from '../system-code.ts';

/** Keys of the rows in all editions of the data set. */
const KEYS = ['image_id', 'imageId', 'id', 'url', 'label_id', 'labelId', 'class'];
const ID_KEYS = [0, 1, 2];
const URL_KEY = 3;
const LABEL_KEYS = [4, 5, 6];
const IMAGES = 'images';
const ANNOTATIONS = 'annotations';
const NAME_FILES = ['labels.json', 'label_map.json'];

interface Options {
  readonly annotationsPath: string;
  /** Folder that relative image paths begin at; null where such paths may not be read. */
  readonly imagesRoot: string | null;
  readonly labelNamesPath?: string;
}

interface Survey {
  /** What the survey was made for. */
  readonly wanted: string;
  readonly positions: ListPositions;
  readonly ids: IdTable;
  /** Images there are of the selected ids. */
  readonly images: number;
}

/**
 * Annotation files of the iMaterialist challenges (Furniture 2018, Fashion 2018, FGVC4 2017,
 * Product 2019): `{"images": [{"image_id": 1, "url": ["…"]}], "annotations": [{"image_id": 1, "label_id": 5}]}`.
 *
 * Ids are `image_id`, `imageId` or `id`; labels `label_id`, `labelId` or `class`, one or many, in
 * either list; numbers and strings mean the same. Rows are joined by id. An id that has several
 * rows is one image: the place and URLs of its first row in `images`, the labels of all rows. An
 * annotation without an image is passed over, an image without an annotation has no labels.
 *
 * The first reading surveys the file; it is kept for the readings that follow.
 */
export class ImaterialistSource extends DatasetSource {
  private survey: Survey | undefined;

  constructor(private readonly options: Options) {
    super();
  }

  override async count(selection: SourceSelection, signal: AbortSignal): Promise<number> {
    const { images } = await this.surveyFor(selection, signal);
    return Math.min(images, selection.limit ?? images);
  }

  override async *read(selection: SourceSelection, signal: AbortSignal): AsyncIterable<SourceImage> {
    const { ids, positions } = await this.surveyFor(selection, signal);
    const yielded = new Uint8Array(ids.size);
    let left = selection.limit ?? Infinity;
    const pick = (row: RowView): SourceImage | undefined => {
      const id = idOf(row);
      const number = ids.find(id);
      if (number === undefined || yielded[number] === 1) return undefined;
      yielded[number] = 1;
      return { externalId: String(id), labels: ids.labelsOf(number), locations: this.locationsOf(row) };
    };
    const lists = [IMAGES];
    for await (const images of readJsonRows(this.file, { lists, keys: KEYS }, pick, signal, positions)) {
      for (const image of images) {
        if (left <= 0) return;
        left -= 1;
        yield image;
      }
    }
  }

  override async labelNames(): Promise<ReadonlyMap<string, string>> {
    const { labelNamesPath } = this.options;
    if (labelNamesPath !== undefined) return readLabelNames(labelNamesPath);
    for (const name of NAME_FILES) {
      try {
        return await readLabelNames(join(dirname(this.file), name));
      } catch {
        // A file of that name that means something else is none of ours.
      }
    }
    return new Map();
  }

  private get file(): string {
    return this.options.annotationsPath;
  }

  private async surveyFor(selection: SourceSelection, signal: AbortSignal): Promise<Survey> {
    const wanted = JSON.stringify(selection.labelIds ?? null);
    if (this.survey?.wanted !== wanted) {
      this.survey = {
        wanted,
        ...(selection.labelIds === undefined
          ? await this.surveyAll(signal)
          : await this.surveyLabels(new Set(selection.labelIds), signal)),
      };
    }
    return this.survey;
  }

  /** All ids and their labels, in one reading. */
  private async surveyAll(signal: AbortSignal): Promise<Omit<Survey, 'wanted'>> {
    const ids = new IdTable();
    const positions = new ListPositions();
    let images = 0;
    await this.visit(positions, signal, (row) => {
      const number = ids.findOrAdd(idOf(row));
      ids.addLabels(number, labelsOf(row));
      if (row.list === IMAGES && ids.flag(number)) images += 1;
    });
    this.assertHasImages(positions);
    return { ids, positions, images };
  }

  /**
   * The ids that have a wanted label, then all labels of these: two readings, because a row with
   * another label of an image may come before the one that makes it wanted.
   */
  private async surveyLabels(
    wanted: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<Omit<Survey, 'wanted'>> {
    const ids = new IdTable();
    const positions = new ListPositions();
    const terms = new Set([...wanted].map(termOf));
    const seen = new Set<Term>();
    await this.visit(positions, signal, (row) => {
      let matches = false;
      for (const key of LABEL_KEYS) {
        row.eachTerm(key, (label) => {
          if (!terms.has(label)) return;
          matches = true;
          seen.add(label);
        });
      }
      const id = idOf(row);
      if (matches) ids.findOrAdd(id);
    });
    this.assertHasImages(positions);
    const unknown = [...terms].filter((term) => !seen.has(term)).map(String);
    if (unknown.length > 0) throw labelUnknown(unknown, 'The annotation file');

    let images = 0;
    await this.visit(positions, signal, (row) => {
      const number = ids.find(idOf(row));
      if (number === undefined) return;
      ids.addLabels(number, labelsOf(row));
      if (row.list === IMAGES && ids.flag(number)) images += 1;
    });
    return { ids, positions, images };
  }

  private async visit(
    positions: ListPositions,
    signal: AbortSignal,
    look: (row: RowView) => void,
  ): Promise<void> {
    const selection = { lists: [IMAGES, ANNOTATIONS], keys: KEYS };
    const rows = readJsonRows(this.file, selection, (row) => void look(row), signal, positions);
    // Nothing is picked, so nothing is yielded: the first step goes to the end.
    await rows.next();
  }

  private assertHasImages({ lists }: ListPositions): void {
    if (!lists.some(({ list }) => list === IMAGES)) {
      throw annotationsInvalid(`there is no "${IMAGES}" list in it`, null);
    }
  }

  private locationsOf(row: RowView): ImageLocation[] {
    const value = row.value(URL_KEY);
    const texts: unknown[] = Array.isArray(value) ? value : [value];
    return texts
      .filter((text): text is string => typeof text === 'string' && text !== '')
      .map((text) => (isUrl(text) ? { url: text } : { path: text, root: this.options.imagesRoot }));
  }
}

function idOf(row: RowView): Term {
  for (const key of ID_KEYS) {
    const id = row.term(key);
    if (id === undefined) continue;
    if (typeof id === 'string' && (id === '' || id.length > 1_000)) {
      throw new RowProblem('an id has 1 to 1,000 characters');
    }
    return id;
  }
  throw new RowProblem('the row has no image id (image_id, imageId or id)');
}

function labelsOf(row: RowView): Term[] {
  const labels: Term[] = [];
  for (const key of LABEL_KEYS) {
    row.eachTerm(key, (label) => {
      if (typeof label === 'string' && label.length > 500) {
        throw new RowProblem('a label has more than 500 characters');
      }
      if (label !== '') labels.push(label);
    });
  }
  return labels;
}

/** A scheme, as RFC 3986 has it, makes a URL of it; everything else is a path. */
function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text);
}

const MAX_NAMES_BYTES = 16 * 1024 * 1024;

async function readLabelNames(file: string): Promise<Map<string, string>> {
  let value: unknown;
  try {
    const bytes = await readFile(file);
    if (bytes.length > MAX_NAMES_BYTES)
      throw annotationsInvalid('the file of label names is too large', null);
    value = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    if (error instanceof SyntaxError) throw annotationsInvalid('the file of label names is no JSON', null);
    if (systemCodeOf(error) !== undefined)
      throw annotationsInvalid('the file of label names cannot be opened', null);
    throw error;
  }
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (Array.isArray(value) || entries.some(([, name]) => typeof name !== 'string')) {
    throw annotationsInvalid('the file of label names is not of the form {"1": "fruit"}', null);
  }
  return new Map(entries as [string, string][]);
}
