/** How a runtime spreads the work. */
export interface SessionPlan {
  /** Copies of the network, each in a thread of its own. */
  readonly sessions: number;
  /** Threads within one pass. */
  readonly threads: number;
  /** The most pictures in one pass. */
  readonly batch: number;
}

/** Batch sizes to try. */
export const BATCHES = [1, 2, 4, 8, 16, 32] as const;
/** A trial may be disturbed, so a plan must be faster than the usual one by this share to replace it. */
const WORTH_A_CHANGE = 0.08;
/** A larger batch must gain this share: queries wait for it, and it takes more memory. */
const WORTH_A_LARGER_BATCH = 0.04;
const USUAL_BATCH = 4;

/**
 * Fills in whatever is left open (zeros) without a trial. One single-threaded session per core loses no
 * time waiting at the end of each layer, and a few pictures per pass are as fast as many.
 */
export function planSessions(wanted: SessionPlan, cores: number): SessionPlan {
  const threads = wanted.threads || 1;
  return {
    sessions: wanted.sessions || Math.max(1, Math.floor(cores / threads)),
    threads,
    batch: wanted.batch || USUAL_BATCH,
  };
}

/**
 * One session per core, one session on all cores and, if there are many cores, something in between;
 * within what `wanted` prescribes.
 */
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

/** A plan and the pictures per second measured with it. */
export interface MeasuredPlan {
  readonly plan: SessionPlan;
  readonly rate: number;
}

/** The plan to use unless a trial finds a better one: the first shape, and a few pictures per pass. */
export function usualPlan(wanted: SessionPlan, cores: number): SessionPlan {
  const [first = { sessions: 1, threads: 1 }] = shapesToTry(wanted, cores);
  return { ...first, batch: wanted.batch || USUAL_BATCH };
}

/**
 * The usual plan, unless another is clearly faster. Then, of the plans that are nearly as fast as the
 * fastest, the one with the smallest batch. Undefined if the usual plan was not measured.
 */
export function bestPlan(measured: readonly MeasuredPlan[], usual: SessionPlan): MeasuredPlan | undefined {
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
