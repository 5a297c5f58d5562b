import { setTimeout as sleep } from 'node:timers/promises';
import { isActive, type JobQueue } from '../job-queue.ts';
import { toJobType, type JobType } from './job.type.ts';

const INTERVAL_MS = 500;

/**
 * Yields a job whenever it has changed, at most twice a second, until it has ended. The table is
 * read rather than events of this process, since another process may run the job.
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
