import { ServiceUnreachableError } from './connection.errors.ts';
import { errorClass } from './lookalike-error.ts';
import { isTemporary, pause } from './retries.ts';
import type { Job } from './types.ts';

/** How long a service may be away, because it is restarted for instance: jobs continue afterwards. */
const PATIENCE_MS = 60_000;

/** Where the states of a job come from. */
export interface JobStates {
  /** Each state as it comes. Throws `ServiceUnreachableError` if that is not possible. */
  subscribe(): AsyncIterable<Job>;
  /** The state at the moment; null if there is no such job. */
  read(): Promise<Job | null>;
}

/** Whether nothing further will happen. */
export function hasEnded({ state }: Job): boolean {
  return state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED';
}

/** The job as it is, and after each change, until it has ended: pushed if possible, otherwise by asking repeatedly. */
export async function* jobProgress(
  id: string,
  states: JobStates,
  { signal, pollEveryMs = 1000 }: { readonly signal?: AbortSignal; readonly pollEveryMs?: number },
): AsyncGenerator<Job, void, undefined> {
  try {
    for await (const job of states.subscribe()) {
      yield job;
      if (hasEnded(job)) return;
    }
  } catch (error) {
    if (!(error instanceof ServiceUnreachableError)) throw error;
  }
  let last = '';
  let seenAt = Date.now();
  for (; ; await pause(pollEveryMs, signal)) {
    let job: Job | null;
    try {
      job = await states.read();
      seenAt = Date.now();
    } catch (error) {
      if (isTemporary(error) && Date.now() - seenAt < PATIENCE_MS) continue;
      throw error;
    }
    if (job === null) throw new (errorClass('JOB_NOT_FOUND'))(`There is no job ${id}.`);
    const state = JSON.stringify(job);
    if (state !== last) yield job;
    if (hasEnded(job)) return;
    last = state;
  }
}
