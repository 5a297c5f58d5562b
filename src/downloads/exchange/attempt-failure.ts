import type { AppError } from '../../common/index.ts';

/** Why one attempt at a URL failed. Its `error` is thrown once no attempts are left. */
export class AttemptFailure extends Error {
  override readonly name = 'AttemptFailure';

  constructor(
    readonly error: AppError,
    readonly facts: {
      /** Whether another attempt may succeed. */
      readonly retryable: boolean;
      /** Whether no request was sent at all. */
      readonly unasked?: boolean;
      /** Of the response, if there was one. */
      readonly status?: number;
      /** How long the server asked to wait with `Retry-After`, in milliseconds. */
      readonly retryAfterMs?: number;
      /** The host that redirects led to; omitted if it is the first one. */
      readonly host?: string;
      /** The limit that was exceeded. */
      readonly limit?: number;
    },
    options?: ErrorOptions,
  ) {
    super(error.message, options);
  }

  get code(): string {
    return this.error.code;
  }
}
