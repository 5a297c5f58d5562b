/** Facts about an error that are safe to show to a client: names, numbers, limits; never a path or a stack. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[] | null>>;

/** 4xx: the client's mistake, or a conflict with what is stored. 5xx: a fault of the server, which is logged. */
export type ErrorStatus = 400 | 403 | 404 | 405 | 409 | 413 | 415 | 500 | 503 | 507;

/** What all errors of one code have in common, however they are worded. */
export interface ErrorFacts {
  /** `WHAT_HAPPENED`, for instance `DATASET_NOT_FOUND`. Clients switch on it, so it never changes. */
  readonly code: string;
  /** The HTTP status of an answer that holds nothing else; null if no request can cause the error. */
  readonly status: ErrorStatus | null;
  /** What has happened, for docs/errors.md: one sentence. */
  readonly meaning: string;
  /** What to do about it, for docs/errors.md: one or two sentences. */
  readonly remedy: string;
  /** True for a 5xx that is part of normal operation, so that it is not logged. */
  readonly quiet?: boolean;
}

/** A sentence, or a function that makes one from the arguments of the factory. */
export type ErrorMessage = string | ((...args: never[]) => string);

type ArgsOf<Message extends ErrorMessage> = Message extends (...args: infer Args) => string ? Args : [];

/** How an error is worded. */
export interface ErrorWording<Message extends ErrorMessage, Details extends ErrorDetails> {
  /** What happened and what to do about it. Its parameters are those of the factory. */
  readonly message: Message;
  /** None by default. */
  readonly details?: (...args: ArgsOf<Message>) => Details;
  /** What the log shows beside the error. None by default. */
  readonly cause?: (...args: ArgsOf<Message>) => unknown;
}

/** Makes errors of one code. */
export interface ErrorFactory<Message extends ErrorMessage, Details extends ErrorDetails> {
  (...args: ArgsOf<Message>): AppError & { readonly details: Details };
  readonly code: string;
  /** Whether something thrown is an error of this code, in whatever wording. */
  is(this: void, error: unknown): error is AppError;
  /** A factory of the same code with another wording. */
  variant<OtherMessage extends ErrorMessage, OtherDetails extends ErrorDetails = NoDetails>(
    wording: ErrorWording<OtherMessage, OtherDetails>,
  ): ErrorFactory<OtherMessage, OtherDetails>;
}

type NoDetails = Readonly<Record<never, never>>;

/**
 * An expected failure: a stable code to switch on, a sentence that says what to do, and details.
 * It is made by the factories that `defineError` returns.
 *
 * Anything else that is thrown is a bug, and clients see `INTERNAL_SERVER_ERROR` in its place.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: string;
  /** The HTTP status that goes with the code. */
  readonly status: ErrorStatus;

  constructor(
    private readonly facts: ErrorFacts,
    message: string,
    readonly details: ErrorDetails,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = facts.code;
    this.status = facts.status ?? 500;
  }

  /** Whether the server is to blame, so that the error belongs in its log. */
  get isFault(): boolean {
    return this.status >= 500 && this.facts.quiet !== true;
  }

  /** The same error with further details. */
  with(details: ErrorDetails, options?: ErrorOptions): AppError {
    return new AppError(this.facts, this.message, { ...this.details, ...details }, options);
  }
}

export interface DefinedError extends ErrorFacts {
  readonly area: string;
}

const defined = new Map<string, DefinedError>();

/**
 * Returns the `defineError` of one area, which is a heading in docs/errors.md.
 *
 * @example
 *     const defineError = errorsOf('Jobs');
 *     export const jobNotFound = defineError({
 *       code: 'JOB_NOT_FOUND',
 *       status: 404,
 *       meaning: 'There is no job with this id.',
 *       remedy: 'List the jobs with `jobs`.',
 *       message: (id: number) => `There is no job ${id}.`,
 *       details: (id) => ({ id }),
 *     });
 *     throw jobNotFound(7);
 *     if (jobNotFound.is(error)) …
 */
export function errorsOf(area: string) {
  /** Throws if the code is defined already. */
  return function defineError<Message extends ErrorMessage, Details extends ErrorDetails = NoDetails>(
    definition: ErrorFacts & ErrorWording<Message, Details>,
  ): ErrorFactory<Message, Details> {
    const { code, status, meaning, remedy, quiet } = definition;
    if (defined.has(code)) throw new Error(`The error code ${code} is defined twice.`);
    const facts: DefinedError = { area, code, status, meaning, remedy, quiet };
    defined.set(code, facts);
    return factoryOf(facts, definition);
  };
}

function factoryOf<Message extends ErrorMessage, Details extends ErrorDetails>(
  facts: ErrorFacts,
  { message, details, cause }: ErrorWording<Message, Details>,
): ErrorFactory<Message, Details> {
  const make = (...args: ArgsOf<Message>) =>
    new AppError(
      facts,
      typeof message === 'string' ? message : message(...(args as never[])),
      details?.(...args) ?? {},
      cause && { cause: cause(...args) },
    ) as AppError & { readonly details: Details };
  return Object.assign(make, {
    code: facts.code,
    is: (error: unknown): error is AppError => error instanceof AppError && error.code === facts.code,
    variant: <OtherMessage extends ErrorMessage, OtherDetails extends ErrorDetails = NoDetails>(
      wording: ErrorWording<OtherMessage, OtherDetails>,
    ) => factoryOf(facts, wording),
  });
}

/** All codes that the modules loaded so far define, in the order of their definition. */
export function definedErrors(): readonly DefinedError[] {
  return [...defined.values()];
}

/** The HTTP status of a code: 400 for one that is not defined, which comes from a library. */
export function statusOfCode(code: string): ErrorStatus {
  const facts = defined.get(code);
  return facts === undefined ? 400 : (facts.status ?? 500);
}

/** The error that was stored as its code and message, perhaps by a version with other codes. */
export function restoreError({
  code,
  message,
}: {
  readonly code: string;
  readonly message: string;
}): AppError {
  const facts = defined.get(code) ?? { code, status: 500, meaning: '', remedy: '' };
  return new AppError(facts, message, {});
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return hasString(error, 'message') ? error.message : String(error);
}

/**
 * Whether the error carries one of these system or SQLite codes, such as `ENOENT`. By shape and
 * not by `instanceof`, which is false for errors from another realm (a VM context, a worker).
 */
export function isSystemError(error: unknown, ...codes: string[]): error is Error & { code: string } {
  return hasString(error, 'code') && codes.includes(error.code);
}

function hasString<Key extends string>(value: unknown, key: Key): value is Record<Key, string> {
  return (
    typeof value === 'object' && value !== null && typeof (value as Record<Key, unknown>)[key] === 'string'
  );
}
