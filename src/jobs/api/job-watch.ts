import { setTimeout as sleep } from 'node:timers/promises';
import { isActive, type JobQueue } from '../job-queue.ts';
import { toJobType, type JobType } from './job.type.ts';

const INTERVAL_MS = 500;

/**
 * Yields a job whenever it has changed, at most twice per second, until it has ended. It polls the
 * row, because the job may be running in another process.
 */
export async function* watchJob(queue: JobQueue, id: number): AsyncGenerator<JobType> {
  let last = '';
  for (;;) {
    const job = await queue.get(id);
    const seen = JSON.stringify(job);
    if (seen !== last) yield toJobType(job);
    last = seen;
    if (!isActive(job)) return;
    await sleep(INTERVAL_MS);
  }
}
