/** How a runtime spreads the work. */
export interface SessionPlan {
  /** Copies of the network, each in a thread of its own. */
  readonly sessions: number;
  /** Threads within one pass. */
  readonly threads: number;
  /** Pictures in one pass, at most. */
  readonly batch: number;
}

/**
 * Fills in what was left to the machine (zeros).
 *
 * A session a core with one thread each loses nothing to waiting at the end of every layer, and a
 * few pictures a pass are as fast as many while a query waits less. Here is the place for a trial
 * of several plans, and of int8 against float, on the processor at hand.
 */
export function planSessions(wanted: SessionPlan, cores: number): SessionPlan {
  const threads = wanted.threads || 1;
  return {
    sessions: wanted.sessions || Math.max(1, Math.floor(cores / threads)),
    threads,
    batch: wanted.batch || 4,
  };
}
