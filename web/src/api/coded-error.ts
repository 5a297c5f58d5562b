import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';

/** An error as the page shows it: a sentence, and what to do. */
export interface CodedError {
  /** A code of docs/errors.md, or of the page: `UNREACHABLE` if no answer came from the service. */
  readonly code: string;
  readonly title: string;
  readonly message: string;
}

interface Wire {
  message: string;
  extensions?: Record<string, unknown>;
}

/** Where the sentence of the API speaks to programs, the page speaks to people. */
const WORDED: Record<string, Partial<Omit<CodedError, 'code'>>> = {
  UNREACHABLE: {
    title: 'The server does not answer',
    message: 'Check that Lookalike is still running. This page continues by itself once it answers again.',
  },
  VIEW_NOT_LOADED: {
    title: 'This view could not be loaded',
    message: 'Lookalike may have been updated since the page was opened. Load the page again.',
  },
  QUERY_PICTURE_NOT_FOUND: {
    title: 'This picture has expired',
    message: 'Pictures to search with are kept for a while only. Add it again to repeat the search.',
  },
  IMAGE_NOT_FOUND: {
    title: 'This image is no longer in the catalogue',
    message: 'It has been deleted or replaced. Start again from another picture.',
  },
  DATASET_NOT_FOUND: { title: 'There is no such dataset' },
  DATASET_NOT_INDEXED: {
    title: 'This dataset is not indexed yet',
    message:
      'Searches need an index. Build it in the catalogue; this takes seconds for a few hundred pictures.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    title: 'This file is not a picture that can be read',
    message: 'Use a JPEG, PNG, WebP, GIF, AVIF, TIFF or HEIC file.',
  },
  UPLOAD_TOO_LARGE: {
    title: 'This file is too large',
    message: 'Use a smaller version: a longest side of 2,000 pixels is more than enough.',
  },
  STAGE_NOT_FOUND: {
    title: 'The server no longer has these files',
    message: 'They have been imported, or were removed because nothing was done with them for a while.',
  },
  STAGE_IN_USE: {
    title: 'These files are being imported already',
    message: 'Choose other files to import more.',
  },
  STAGE_FULL: { title: 'The server has no room for these files' },
  STORAGE_FULL: { title: 'The disk of the server is full' },
  STORAGE_UNAVAILABLE: { title: 'The server cannot use its disk' },
  EXPLANATION_UNAVAILABLE: {
    title: 'This model cannot explain its scores',
    message:
      'Only networks that end in the mean of a feature map can say where a score comes from, such as those of fast and best.',
  },
  INTERNAL_SERVER_ERROR: {
    title: 'Something unexpected went wrong on the server',
    message: 'Try again. If it happens again, the log of the server says why.',
  },
};

/** What to show where no request has failed, but the service is known not to answer. */
export const UNREACHABLE: CodedError = worded('UNREACHABLE', '');

/** Reads any error that Apollo Client throws, and those of our own. */
export function codedError(error: unknown): CodedError {
  if (isCoded(error)) return error;
  if (isUnreachable(error)) return UNREACHABLE;
  if (isUnloaded(error)) return worded('VIEW_NOT_LOADED', '');
  const [first] = wireErrors(error);
  if (first !== undefined) {
    const code = typeof first.extensions?.code === 'string' ? first.extensions.code : 'UNKNOWN';
    return worded(code, first.message);
  }
  return worded('UNKNOWN', error instanceof Error ? error.message : String(error));
}

/** Whether no answer of the service came at all: it has stopped, or the network is gone. */
export function isUnreachable(error: unknown): boolean {
  if (ServerError.is(error))
    return [502, 503, 504].includes(error.statusCode) && wireErrors(error).length === 0;
  if (isUnloaded(error)) return false;
  return error instanceof TypeError && /fetch|network|load failed/i.test(error.message);
}

/** Whether the code or the style of a view could not be fetched. Each browser words this in its own way. */
export function isUnloaded(error: unknown): error is Error {
  return (
    error instanceof Error &&
    /preload CSS|dynamically imported module|importing a module script/i.test(error.message)
  );
}

/** What the API says about an error beside its code and message, such as how far something is. */
export function errorDetails(error: unknown): Readonly<Record<string, unknown>> {
  return wireErrors(error)[0]?.extensions ?? {};
}

function worded(code: string, message: string): CodedError {
  return { code, title: 'That did not work', message, ...WORDED[code] };
}

function wireErrors(error: unknown): readonly Wire[] {
  if (CombinedGraphQLErrors.is(error)) return error.errors;
  if (!ServerError.is(error)) return [];
  try {
    const { errors } = JSON.parse(error.bodyText) as { errors?: Wire[] };
    return errors ?? [];
  } catch {
    return [];
  }
}

function isCoded(error: unknown): error is CodedError {
  return typeof error === 'object' && error !== null && 'code' in error && 'title' in error;
}
