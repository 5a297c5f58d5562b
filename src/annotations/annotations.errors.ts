import { errorsOf } from '../common/index.ts';

const defineError = errorsOf('Annotations');

export const sourceNotFound = defineError({
  code: 'SOURCE_NOT_FOUND',
  status: 404,
  meaning: 'A file or folder to import does not exist or cannot be read.',
  remedy: 'Check the path. It is a path on the server.',
  message: (problem: string) => problem,
});

export const annotationsInvalid = defineError({
  code: 'ANNOTATIONS_INVALID',
  status: 400,
  meaning: 'The annotations are malformed, or refer to something that they do not define.',
  remedy: 'Correct the file at the line and byte given in the message.',
  message: (problem: string, place: { line: number; byte: number } | null) =>
    place === null
      ? `The annotations cannot be read: ${problem}.`
      : `The annotations cannot be read: line ${place.line}, byte ${place.byte}: ${problem}.`,
  details: (_problem, place) => ({ ...place }),
});

export const columnsUnused = defineError({
  code: 'COLUMNS_UNUSED',
  status: 400,
  meaning: 'Columns were named for annotations that have none.',
  remedy: 'Omit `columns`, or import CSV or JSONL.',
  message:
    'Columns can be named for CSV, JSONL and JSON lists only. This file is a JSON object that contains lists. Omit the columns.',
});

export const rowUnreadable = defineError({
  code: 'ROW_UNREADABLE',
  status: null,
  meaning: 'A row of the annotations cannot be used. The other rows are imported.',
  remedy: 'Correct the row that the message names, and import the file again.',
  message: ({ place, at, problem, text }: UnreadableRow) => {
    const where = at === null || at.column === 1 ? place : `${place}, column ${at.column}`;
    return `${where.charAt(0).toUpperCase()}${where.slice(1)}: ${problem}. The row begins with ${JSON.stringify(text)}.`;
  },
  details: ({ at }) => ({ ...at }),
});

interface UnreadableRow {
  /** "line 7", or whatever stands for the row in a file that has no lines. */
  readonly place: string;
  /** Both from 1; null in a file that has no lines. */
  readonly at: { readonly line: number; readonly column: number } | null;
  readonly problem: string;
  readonly text: string;
}
