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
