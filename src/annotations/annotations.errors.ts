import { AppError } from '../common/index.ts';

export const sourceNotFound = (problem: string) => new AppError('SOURCE_NOT_FOUND', problem);

export const annotationsInvalid = (problem: string, details: { line: number; byte: number } | null) =>
  new AppError(
    'ANNOTATIONS_INVALID',
    details === null
      ? `The annotations cannot be read: ${problem}.`
      : `The annotations cannot be read: line ${details.line}, byte ${details.byte}: ${problem}.`,
    { ...details },
  );

export const columnsUnused = () =>
  new AppError(
    'IMPORT_INPUT_INVALID',
    'Columns can be named for CSV and JSONL only. This file is a JSON object that contains lists.',
  );
