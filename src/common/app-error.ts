/** Facts about an error that are safe to show to a client: names, numbers, limits; never a path or a stack. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[] | null>>;

/**
 * An expected failure: a stable code to switch on, a sentence that says what to do, and details.
 *
 * Anything else that is thrown is a bug, and clients see `INTERNAL_SERVER_ERROR` in its place.
 */
export class AppError extends Error {
  override readonly name = 'AppError';

  constructor(
    /** `APP_WHAT`, for instance `DATASET_NOT_FOUND`. */
    readonly code: string,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
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
