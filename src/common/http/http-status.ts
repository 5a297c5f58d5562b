const BY_CODE: Readonly<Record<string, number>> = {
  NOT_FOUND: 404,
  UNSUPPORTED_MEDIA_TYPE: 415,
  MODEL_MISMATCH: 409,
  VECTOR_INDEX_FOREIGN: 409,
  STORAGE_FULL: 507,
  OVERLOADED: 503,
  INTERNAL_SERVER_ERROR: 500,
};

const BY_ENDING: readonly (readonly [ending: string, status: number])[] = [
  ['_NOT_FOUND', 404],
  ['_TOO_LARGE', 413],
  ['_EXISTS', 409],
  ['_REFUSED', 403],
  ['_UNAVAILABLE', 503],
];

/** The HTTP status that goes with an error code: 400 unless the code says more. */
export function httpStatusOf(code: string): number {
  return BY_CODE[code] ?? BY_ENDING.find(([ending]) => code.endsWith(ending))?.[1] ?? 400;
}
