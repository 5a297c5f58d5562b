/** Why one attempt at a URL failed: what becomes an `AppError` once no attempt is left. */
export class AttemptFailure extends Error {
  override readonly name = 'AttemptFailure';

  constructor(
    readonly code: string,
    message: string,
    readonly facts: {
      /** Whether another attempt may go better. */
      readonly retryable: boolean;
      /** Nothing was asked at all. */
      readonly unasked?: boolean;
      /** Of the answer, where there was one. */
      readonly status?: number;
      /** What the server asked for with `Retry-After`, milliseconds. */
      readonly retryAfterMs?: number;
      /** Where redirects led to; the host first asked otherwise. */
      readonly host?: string;
      readonly limit?: number;
    },
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
