import { publicError } from '../common/index.ts';
import { JobState } from './job.ts';

/** How a run of a job ended. `QUEUED`: the process stopped, and the job will be run again. */
export interface JobEnding {
  readonly state: JobState;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Why a run is aborted: somebody asked for it. */
export class JobCancelled extends Error {}

/** Why a run is aborted: the process stops. */
export class RunnerStopped extends Error {}

/** What becomes of a job whose handler threw. */
export function endingAfter(error: unknown, signal: AbortSignal): JobEnding {
  // Whatever a handler throws once it was told to stop, it stopped because it was told to.
  if (signal.aborted) {
    return { state: signal.reason instanceof RunnerStopped ? JobState.QUEUED : JobState.CANCELLED };
  }
  const { message, extensions } = publicError(error);
  return { state: JobState.FAILED, error: { code: extensions.code, message } };
}
