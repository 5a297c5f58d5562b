import type { IncomingMessage } from 'node:http';

/** What the resolvers of one operation share; `@Context('signal')` injects the signal. */
export interface RequestContext {
  readonly req: IncomingMessage;
  /** Aborts with `REQUEST_ABANDONED` once the client no longer waits for the answer. */
  readonly signal: AbortSignal;
}
