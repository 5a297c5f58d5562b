/** How a runtime spreads the work. */
export interface SessionPlan {
  /** Copies of the network, each in a thread of its own. */
  readonly sessions: number;
  /** Threads within one pass. */
  readonly threads: number;
  /** Pictures in one pass, at most. */
  readonly batch: number;
}

/** Batches that are tried. */
export const BATCHES = [1, 2, 4, 8, 16, 32] as const;
/** A trial may be disturbed: what it finds must be faster than the usual plan by this share. */
const WORTH_A_CHANGE = 0.08;
/** A larger batch must gain this share, as queries wait for it and memory grows with it. */
const WORTH_A_LARGER_BATCH = 0.04;
const USUAL_BATCH = 4;

/**
 * Fills in what was left to the machine (zeros), without a trial: a session a core with one thread
 * each loses nothing to waiting at the end of every layer, and a few pictures a pass are as fast as many.
 */
export function planSessions(wanted: SessionPlan, cores: number): SessionPlan {
  const threads = wanted.threads || 1;
  return {
    sessions: wanted.sessions || Math.max(1, Math.floor(cores / threads)),
    threads,
    batch: wanted.batch || USUAL_BATCH,
  };
}

/** A session a core, one session on all cores, and on many cores what lies between; within what is fixed. */
export function shapesToTry(
  { sessions, threads }: SessionPlan,
  cores: number,
): Pick<SessionPlan, 'sessions' | 'threads'>[] {
  if (sessions > 0 && threads > 0) return [{ sessions, threads }];
  if (sessions > 0) return [{ sessions, threads: Math.max(1, Math.floor(cores / sessions)) }];
  if (threads > 0) return [{ sessions: Math.max(1, Math.floor(cores / threads)), threads }];
  const each = [1, ...(cores >= 8 ? [Math.floor(Math.sqrt(cores))] : []), cores];
  return [...new Set(each)].map((count) => ({
    sessions: Math.max(1, Math.floor(cores / count)),
    threads: count,
  }));
}

/** The rate in pictures a second of a plan. */
export interface Measured {
  readonly plan: SessionPlan;
  readonly rate: number;
}

/** What is used where a trial tells nothing better: the first shape, and a few pictures a pass. */
export function usualPlan(wanted: SessionPlan, cores: number): SessionPlan {
  const [first = { sessions: 1, threads: 1 }] = shapesToTry(wanted, cores);
  return { ...first, batch: wanted.batch || USUAL_BATCH };
}

/**
 * The fastest; of those nearly as fast the one with the smallest batch, and then the fastest of these.
 * The usual plan where it is not beaten clearly; undefined where that has not been measured.
 */
export function bestPlan(measured: readonly Measured[], usual: SessionPlan): Measured | undefined {
  const known = measured.find(({ plan }) => isSame(plan, usual));
  const fastest = Math.max(...measured.map(({ rate }) => rate));
  if (known === undefined || fastest < known.rate * (1 + WORTH_A_CHANGE)) return known;
  const [best] = measured
    .filter(({ rate }) => rate >= fastest * (1 - WORTH_A_LARGER_BATCH))
    .sort((a, b) => a.plan.batch - b.plan.batch || b.rate - a.rate);
  return best;
}

function isSame(a: SessionPlan, b: SessionPlan): boolean {
  return a.sessions === b.sessions && a.threads === b.threads && a.batch === b.batch;
}
