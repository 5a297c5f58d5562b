import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../common/index.ts';
import type { Database } from './database.ts';
import { FileLock } from './file-lock.ts';

const POLL_MS = 1_000;

/**
 * Does some work once per second, in one of the processes on a data folder: the one that holds a lock. If that process
 * ends, another takes over.
 */
export class SoleWorker {
  private readonly lockFile: string;
  private readonly stopping = new AbortController();
  private lock: FileLock | undefined;
  private loop: Promise<void> | undefined;
  /** The last fault that was reported, until there is none. */
  private fault: string | undefined;

  constructor(
    { dataDir }: Pick<Database, 'dataDir'>,
    /** Of the lock. */
    name: string,
    private readonly work: () => Promise<void>,
    /** Is told what the work has rejected with, once until that changes. */
    private readonly report: (fault: string) => void,
  ) {
    this.lockFile = join(dataDir, 'locks', `${name}.lock`);
  }

  /** Aborts when the worker is stopped. */
  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  start(): void {
    this.loop ??= this.workUntilStopped();
  }

  /** Lets another process work, once `last` has been done. */
  async stop(last: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    this.stopping.abort();
    await this.loop;
    await last();
    this.lock?.release();
    this.lock = undefined;
  }

  /** Works once, if this process is the one to do it. */
  async act(): Promise<void> {
    this.lock ??= FileLock.compete(this.lockFile);
    if (this.lock !== undefined) await this.work();
  }

  private async workUntilStopped(): Promise<void> {
    const { signal } = this;
    while (!signal.aborted) {
      try {
        await this.act();
        this.fault = undefined;
      } catch (error) {
        const fault = messageOf(error);
        if (fault !== this.fault) this.report(fault);
        this.fault = fault;
      }
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
