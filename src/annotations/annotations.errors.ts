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
    'Columns can be named for CSV and JSONL only. This file is a JSON object that contains lists. Omit the columns.',
});
