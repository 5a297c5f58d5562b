import type { IncomingMessage } from 'node:http';

/** What the resolvers of one operation share; `@Context('signal')` injects the signal. */
export interface RequestContext {
  readonly req: IncomingMessage;
  /** Aborts with `REQUEST_ABANDONED` once nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}
