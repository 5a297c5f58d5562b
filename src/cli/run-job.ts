import { once } from 'node:events';
import { restoreError, type AppError } from '../common/app-error.ts';
import type { Job, JobState } from '../jobs/index.ts';
import { interrupted, jobCancelled, jobFailed, stoppedLate } from './cli.errors.ts';
import { formatError } from './exit.ts';
import { interruptible } from './interruption.ts';
import type { JobDisplay } from './job-display.ts';
import type { Apps } from './open-apps.ts';
import type { CommonOptions } from './options.ts';

const PRINTED_FAILURES = 20;

/**
 * Runs a job, or watches it if another process runs it, and shows its progress: a bar on a terminal, a
 * line of JSON per second with `--json`.
 *
 * A signal puts the job back in the queue; what it has done so far stays. Rejects with the job's own
 * error if it failed, with `JOB_CANCELLED` if it was cancelled, and with `INTERRUPTED` after a signal.
 */
export async function runJob(apps: Apps, job: Job, options: CommonOptions): Promise<Job> {
  const [ended] = await runJobs(apps, [async () => job], options);
  if (ended === undefined) throw new Error('A job that was run has not ended');
  return ended;
}

/** Runs jobs as `runJob` does, one after the other: each is requested when it is its turn, and the first that fails is the last. */
export async function runJobs(
  apps: Apps,
  requests: readonly (() => Promise<Job>)[],
  options: CommonOptions,
): Promise<Job[]> {
  const { runner } = apps;
  let current: Job | undefined;
  const late = () => (current === undefined ? '' : formatError(stoppedLate(current.id)));
  return interruptible({ late }, async (signal) => {
    const ended: Job[] = [];
    try {
      for (const request of requests) {
        current = await request();
        ended.push(await runOne(apps, current, options, signal));
      }
    } finally {
      await runner.stop();
    }
    return ended;
  });
}

async function runOne(apps: Apps, job: Job, options: CommonOptions, signal: AbortSignal): Promise<Job> {
  const { queue, runner } = apps;
  // Brings the progress bar, which help and usage errors must not wait for.
  const { jobDisplay } = await import('./job-display.ts');
  const display = jobDisplay(options);
  runner.start({ datasetId: job.datasetId });
  runner.turnTo(job.datasetId);
  try {
    await endedOrInterrupted(apps, job, display, signal);
  } finally {
    display.stop();
    // The runner of a job that has not ended has to write what becomes of it.
    if (signal.aborted) await runner.stop();
  }
  const ended = await queue.get(job.id);
  const state = nameOf(ended);
  if (state === 'QUEUED' || state === 'RUNNING') throw interrupted(ended.id, state);
  display.finish(ended, await queue.failures(job.id, { limit: PRINTED_FAILURES }));
  if (state !== 'SUCCEEDED') throw failureOf(ended);
  return ended;
}

async function endedOrInterrupted(
  { runner }: Apps,
  job: Job,
  display: JobDisplay,
  signal: AbortSignal,
): Promise<void> {
  const waiting = runner.waitFor(job.id, (now) => {
    if (!signal.aborted) display.show(now);
  });
  // After a signal nobody waits for it any more, and it fails when the database is closed.
  waiting.catch(() => undefined);
  if (signal.aborted) return;
  await Promise.race([waiting, once(signal, 'abort')]);
}

/** The enum itself would load the apps. */
function nameOf({ state }: Job): `${JobState}` {
  return state;
}

function failureOf(job: Job): AppError {
  const { id, error } = job;
  if (nameOf(job) === 'CANCELLED') {
    return jobCancelled();
  }
  return error === null ? jobFailed(id) : restoreError(error);
}
