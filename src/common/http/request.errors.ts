import { errorsOf } from '../app-error.ts';

const defineError = errorsOf('Any request');

export const badUserInput = defineError({
  code: 'BAD_USER_INPUT',
  status: 400,
  meaning: 'An argument or variable has the wrong type or is out of range.',
  remedy: 'Correct the argument that the message names.',
  message: (problem: string) => problem,
});

export const badRequest = defineError({
  code: 'BAD_REQUEST',
  status: 400,
  meaning:
    'The HTTP request is malformed: its body is not the JSON that its headers announce, or has no `query`.',
  remedy: 'Send a JSON object with `query` and the header `Content-Type: application/json`.',
  message: (problem: string) => problem,
});

export const notFound = defineError({
  code: 'NOT_FOUND',
  status: 404,
  meaning: 'There is nothing at this path.',
  remedy: 'The API is at `/graphql`; docs/api.md lists the other paths.',
  message: (problem: string) => problem,
});

export const contentTypeUnsupported = defineError({
  code: 'CONTENT_TYPE_UNSUPPORTED',
  status: 415,
  meaning: 'The request has a body of a type or an encoding that is not understood here.',
  remedy: 'Send JSON (`application/json`), or uploads as `multipart/form-data`, in UTF-8.',
  message:
    'This content type is not supported. Send application/json, or uploads as multipart/form-data, in UTF-8.',
});

export const requestTooLarge = defineError({
  code: 'REQUEST_TOO_LARGE',
  status: 413,
  meaning: 'The JSON body has more than 256 KiB.',
  remedy: 'Split the request. Files go into multipart requests, not into JSON.',
  message: 'The body of the request is too large. Split it into several requests.',
});

export const requestAbandoned = defineError({
  code: 'REQUEST_ABANDONED',
  status: 400,
  meaning: 'The client closed the connection or cancelled the operation before it was answered.',
  remedy: 'There is nothing to do.',
  message: 'The client closed the connection or cancelled the operation, so the request was stopped.',
});

export const internalServerError = defineError({
  code: 'INTERNAL_SERVER_ERROR',
  status: 500,
  meaning: 'Something unexpected went wrong on the server: a bug.',
  remedy: 'Check the log of the server, and report what it says.',
  message: 'Something went wrong on the server. Its log says what.',
});

export const cursorInvalid = defineError({
  code: 'CURSOR_INVALID',
  status: 400,
  meaning: 'The cursor in `after` or `before` is not one of this list.',
  remedy: 'Pass the `endCursor` or `startCursor` of a page unchanged.',
  message:
    'The cursor in "after" or "before" is not one of this list. Pass the endCursor or startCursor of a page, unchanged.',
});

export const pageAmbiguous = defineError({
  code: 'PAGE_AMBIGUOUS',
  status: 400,
  meaning: 'A list was asked for its first and its last items at the same time.',
  remedy: 'Pass either `first` or `last`.',
  message: 'A page takes either "first" or "last", not both.',
});

export const uploadInterrupted = defineError({
  code: 'UPLOAD_INTERRUPTED',
  status: 400,
  meaning: 'The upload ended before the file was complete.',
  remedy: 'Send it again.',
  message: (_cause: unknown) => 'The upload ended before the file was complete. Send it again.',
  cause: (cause) => cause,
});

export const uploadMalformed = defineError({
  code: 'UPLOAD_MALFORMED',
  status: 400,
  meaning: 'A multipart request does not follow the GraphQL multipart request specification.',
  remedy: 'Send `operations`, then `map`, then each file that `map` names.',
  message: (problem: string) => `${problem} See the GraphQL multipart request specification.`,
});

export const uploadTooLarge = defineError({
  code: 'UPLOAD_TOO_LARGE',
  status: 413,
  meaning:
    'An uploaded file, or a request with uploads or one of its fields, is larger than allowed, or has too many files.',
  remedy:
    'Send a smaller file or fewer files, or raise `MAX_UPLOAD_BYTES`, `MAX_UPLOAD_FILES` or `MAX_ANNOTATIONS_BYTES`.',
  message: (maxBytes: number) => `The file is larger than the ${maxBytes} bytes allowed. Send a smaller one.`,
  details: (maxBytes) => ({ maxBytes }),
});

export const uploadRequestTooLarge = uploadTooLarge.variant({
  message: (maxRequestBytes: number) =>
    `The request is larger than the ${maxRequestBytes} bytes allowed. Send fewer or smaller files.`,
  details: (maxRequestBytes) => ({ maxRequestBytes }),
});

export const uploadFieldTooLarge = uploadTooLarge.variant({
  message: (maxFieldBytes: number) =>
    `The fields "operations" and "map" may have at most ${maxFieldBytes} bytes each. Split the request into several.`,
  details: (maxFieldBytes) => ({ maxFieldBytes }),
});

export const uploadTooManyFiles = uploadTooLarge.variant({
  message: (maxFiles: number) =>
    `The request has too many files: at most ${maxFiles} are allowed. Split it into several requests.`,
  details: (maxFiles) => ({ maxFiles }),
});
