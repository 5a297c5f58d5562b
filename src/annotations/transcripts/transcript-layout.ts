import type { AnnotationFormat } from '../annotation-format.ts';
import { annotationsInvalid } from '../annotations.errors.ts';
import type { ContainedPicture } from '../containers/contained-picture.ts';
import { JsonlReader } from '../json/jsonl-reader.ts';
import type { LabelNames } from '../label-names.ts';
import type { Layout } from '../layouts/layout.ts';
import { checkedId, IMAGES, RowSchema } from '../layouts/row-schema.ts';
import { RowProblem, type Row, type Term } from '../reading/row.ts';
import { KEYS, keyOfColumn } from './transcript.ts';

/** A file of a foreign format as it was transcribed. */
export interface Transcript {
  readonly path: string;
  readonly format: AnnotationFormat;
  readonly names: LabelNames;
  /** All columns that can become attributes; complete once the rows have been transcribed. */
  readonly columns: readonly string[];
}

export function transcriptLayout(
  { path, format, names, columns }: Transcript,
  values: readonly string[],
): Layout {
  const missing = values.find((name) => !columns.includes(name));
  if (missing !== undefined) {
    const known = columns.slice(0, 20).map((name) => JSON.stringify(name));
    throw annotationsInvalid(
      `there is no column ${JSON.stringify(missing)}. The columns are ${known.join(', ')}`,
      null,
    );
  }
  const schema = new TranscriptSchema(values);
  return {
    reader: new TranscriptReader(path, { list: IMAGES, keys: schema.keys }),
    schema: () => schema,
    columns: () => columns,
    finish: () => ({ format, names }),
  };
}

const ORDER = [KEYS.place, KEYS.id, KEYS.places, KEYS.labels, KEYS.contained, KEYS.problem, KEYS.text];
const [PLACE, ID, PLACES, LABELS, CONTAINED, PROBLEM, TEXT] = [0, 1, 2, 3, 4, 5, 6];

class TranscriptReader extends JsonlReader {
  protected override placeOf(row: Row): string | undefined {
    return row.texts(PLACE)[0];
  }
}

class TranscriptSchema extends RowSchema {
  override readonly keys: readonly string[];
  private readonly values: readonly number[];

  constructor(values: readonly string[]) {
    super();
    const columns = values.map(keyOfColumn);
    this.keys = [...new Set([...ORDER, ...columns])];
    this.values = columns.map((key) => this.keys.indexOf(key));
  }

  override idOf(row: Row): Term {
    const [problem] = row.texts(PROBLEM);
    const [text] = row.texts(TEXT);
    if (problem !== undefined) throw new RowProblem(problem, undefined, text);
    const id = row.term(ID);
    if (id === undefined)
      throw new RowProblem('the row has no id', undefined, String(row.texts(PLACES)[0] ?? ''));
    return checkedId(id);
  }

  override eachLabel(row: Row, visit: (label: Term) => void): void {
    row.eachTerm(LABELS, visit);
  }

  override placesOf(row: Row): string[] {
    return row.texts(PLACES);
  }

  override containedIn(row: Row): ContainedPicture | undefined {
    return row.value(CONTAINED) as ContainedPicture | undefined;
  }

  override valuesOf(row: Row): unknown[] {
    return this.values.map((key) => row.value(key));
  }
}
