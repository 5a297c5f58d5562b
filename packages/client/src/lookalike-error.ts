/** An error as GraphQL formats it. */
export interface FormattedError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface LookalikeErrorOptions extends ErrorOptions {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly status?: number;
  readonly errors?: readonly FormattedError[];
  readonly data?: unknown;
}

/**
 * Whatever this client throws, except the reason of an `AbortSignal` and errors of the file system.
 * Each code has a class of its own, such as `DatasetNotFoundError` for `DATASET_NOT_FOUND`.
 *
 * @example
 *     try {
 *       await client.search({ by: { image: { dataset: 'shoes', externalId: 'sku-1' } } });
 *     } catch (error) {
 *       if (error instanceof ImageNotFoundError) return [];
 *       if (error instanceof LookalikeError) console.error(error.code, error.details);
 *       throw error;
 *     }
 */
export class LookalikeError<Code extends string = string> extends Error {
  /** What happened, for a program. docs/errors.md of Lookalike lists the codes. */
  readonly code: Code;
  /** Names, numbers and limits that belong to the error. */
  readonly details: Readonly<Record<string, unknown>>;
  /** The HTTP status of the answer, if there was one. */
  readonly status: number | undefined;
  /** All errors of the answer; this is the first. */
  readonly errors: readonly FormattedError[];
  /** The data that the answer contained nevertheless. */
  readonly data: unknown;

  constructor(code: Code, message: string, options: LookalikeErrorOptions = {}) {
    super(message, options);
    this.name = nameOf(code);
    this.code = code;
    this.details = options.details ?? {};
    this.status = options.status;
    this.errors = options.errors ?? [];
    this.data = options.data;
  }
}

/** The class of the errors with one code. */
export type ErrorClass<Code extends string> = new (
  message: string,
  options?: LookalikeErrorOptions,
) => LookalikeError<Code>;

const classes = new Map<string, ErrorClass<string>>();

/** The class of a code: always the same, and made when it is first needed, so that bundles hold only those in use. */
export function errorClass<Code extends string>(code: Code): ErrorClass<Code> {
  const known = classes.get(code);
  if (known !== undefined) return known as ErrorClass<Code>;
  const made = class extends LookalikeError<Code> {
    constructor(message: string, options?: LookalikeErrorOptions) {
      super(code, message, options);
    }
  };
  Object.defineProperty(made, 'name', { value: nameOf(code) });
  classes.set(code, made);
  return made;
}

/**
 * The error for something that has a code and a message: `Job.error`, an item that failed, a rejected image or search.
 *
 * @example
 *     const [result] = await client.putImages('shoes', [{ externalId: 'sku-1', upload: file }]);
 *     if (result?.__typename === 'ImageRejection') throw errorOf(result);
 */
export function errorOf(
  { code, message }: { readonly code: string; readonly message: string },
  options?: LookalikeErrorOptions,
): LookalikeError {
  return new (errorClass(code))(message, options);
}

/** The error for the `errors` of an answer. */
export function errorOfAnswer(
  errors: readonly FormattedError[],
  options: Pick<LookalikeErrorOptions, 'status' | 'data'> = {},
): LookalikeError {
  const { message = 'The service answered with an error.', extensions = {} } = errors[0] ?? {};
  const { code = 'INTERNAL_SERVER_ERROR', ...details } = extensions;
  return errorOf({ code: String(code), message }, { ...options, details, errors });
}

/** `DATASET_NOT_FOUND` becomes `DatasetNotFoundError`. */
function nameOf(code: string): string {
  const words = code.split('_').map((word) => word.slice(0, 1) + word.slice(1).toLowerCase());
  return words.at(-1) === 'Error' ? words.join('') : `${words.join('')}Error`;
}
