import { publicError } from '../common/index.ts';
import { JobState } from './job.ts';

/** How a run of a job ended. `QUEUED` means that the process stopped, and the job will be run again. */
export interface JobEnding {
  readonly state: JobState;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The reason for an abort: the cancellation was requested. */
export class JobCancelled extends Error {}

/** The reason for an abort: the process is stopping. */
export class RunnerStopped extends Error {}

/** How a job ends whose handler threw. */
export function endingAfter(error: unknown, signal: AbortSignal): JobEnding {
  // After an abort the abort is the cause, whatever the handler throws.
  if (signal.aborted) {
    return { state: signal.reason instanceof RunnerStopped ? JobState.QUEUED : JobState.CANCELLED };
  }
  const { message, extensions } = publicError(error);
  return { state: JobState.FAILED, error: { code: extensions.code, message } };
}
