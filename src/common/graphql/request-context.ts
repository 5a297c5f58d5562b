import type { IncomingMessage } from 'node:http';
import { AppError } from '../app-error.ts';

/** What the resolvers of one operation share; `@Context('signal')` injects the signal. */
export interface RequestContext {
  readonly req: IncomingMessage;
  /** Aborts with `REQUEST_ABANDONED` once nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export function requestAbandoned(): AppError {
  return new AppError(
    'REQUEST_ABANDONED',
    'The client closed the connection or cancelled the operation, so the request was stopped.',
  );
}
