import { setTimeout as sleep } from 'node:timers/promises';
import type { JobQueue } from '../job-queue.ts';
import { toJobType, type JobType } from './job.type.ts';

const INTERVAL_MS = 500;
const PAGE = 100;

/**
 * Yields each job that ends from now on, of all datasets or of one, in any process. It polls the table, and stops
 * when nobody listens any more, although no job may ever end.
 */
export async function watchEndings(
  queue: JobQueue,
  datasetId: number | undefined,
): Promise<AsyncIterableIterator<JobType>> {
  const stopped = new AbortController();
  const endings = endingsAfter(queue, await queue.lastEnding(), datasetId, stopped.signal);
  const listened: AsyncIterableIterator<JobType> = {
    next: () => endings.next(),
    return: () => {
      stopped.abort();
      return endings.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return listened;
    },
  };
  return listened;
}

async function* endingsAfter(
  queue: JobQueue,
  after: number,
  datasetId: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<JobType, undefined> {
  for (let last = after; !signal.aborted;) {
    const endings = await queue.endingsAfter(last, PAGE);
    for (const { ending, job } of endings) {
      last = ending;
      if (datasetId === undefined || job.datasetId === datasetId) yield toJobType(job);
    }
    if (endings.length < PAGE) await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}
