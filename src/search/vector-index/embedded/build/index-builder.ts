import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { workerUrl } from '../../../../common/index.ts';
import { FileLock } from '../../../../database/index.ts';
import { ThreadStop } from '../thread-stop.ts';
import type { BuildMessage, BuildOrder } from './build.worker.ts';
import { buildFiles, buildsIn, removeBuild } from './build-files.ts';
import type { IndexRow, VectorReader } from '../entries/vector-reader.ts';
import type { VectorWriter } from '../entries/vector-writer.ts';

export interface BuildOptions {
  readonly signal?: AbortSignal;
  /** Receives the share that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/**
 * Builds the files of an index in a worker thread and puts them in use once all of them are written. If the
 * process ends before that, the previous build stays in use, and the next sweep removes the files.
 */
export class IndexBuilder {
  constructor(
    private readonly databaseFile: string,
    private readonly directory: string,
    private readonly reader: VectorReader,
    private readonly writer: VectorWriter,
  ) {}

  async build(row: IndexRow, options: BuildOptions): Promise<void> {
    options.signal?.throwIfAborted();
    mkdirSync(this.directory, { recursive: true });
    const build = randomBytes(8).toString('hex');
    const lock = FileLock.take(buildFiles(this.directory, row.name, build).lock);
    let inUse = false;
    try {
      const { directory, databaseFile: file } = this;
      const { lastRemoval } = await this.runWorker({ file, directory, row, build }, options);
      options.signal?.throwIfAborted();
      inUse = await this.writer.commitBuild(row.id, build, lastRemoval);
    } finally {
      lock.release();
      if (!inUse) removeBuild(this.directory, row.name, build);
    }
    this.sweep();
  }

  /** Takes the graph from an index that has become too small for one, and forgets its removals. */
  async clear(row: IndexRow): Promise<void> {
    await this.writer.commitBuild(row.id, null, this.reader.lastRemoval(row.id));
    this.sweep();
  }

  /** Removes the files of builds that are neither in use nor in progress in any process. */
  sweep(): void {
    const abandoned = buildsIn(this.directory).filter(
      ({ name, build }) => !FileLock.isHeld(buildFiles(this.directory, name, build).lock),
    );
    // The order matters: a build is put in use before it releases its lock.
    const inUse = new Set(this.reader.indexes().map(({ name, build }) => `${name}.${build ?? ''}`));
    for (const { name, build } of abandoned) {
      if (!inUse.has(`${name}.${build}`)) removeBuild(this.directory, name, build);
    }
  }

  private async runWorker(
    what: Omit<BuildOrder, 'stop'>,
    options: BuildOptions,
  ): Promise<{ lastRemoval: number }> {
    const stopping = new ThreadStop();
    const order: BuildOrder = { ...what, stop: stopping.cells };
    const worker = new Worker(workerUrl(import.meta.url, './build.worker'), { workerData: order });
    const stop = () => {
      if (stopping.request()) void worker.terminate();
    };
    options.signal?.addEventListener('abort', stop, { once: true });
    // `onProgress` may throw, which must not crash the process.
    let reportError: Error | undefined;
    try {
      return await new Promise((resolve, reject) => {
        let result: { lastRemoval: number } | undefined;
        let failure: Error | undefined;
        worker.on('message', (message: BuildMessage) => {
          if ('done' in message) result = message.done;
          else {
            try {
              options.onProgress?.(message.share);
            } catch (error) {
              reportError ??= error instanceof Error ? error : new Error(String(error));
              stop();
            }
          }
        });
        worker.on('error', (error: Error) => (failure = error));
        // Files are safe to remove only once the thread has ended.
        worker.on('exit', () => {
          if (options.signal?.aborted) reject(options.signal.reason as Error);
          else if (reportError !== undefined) reject(reportError);
          else if (result === undefined)
            reject(failure ?? new Error('The build thread ended without a result'));
          else resolve(result);
        });
      });
    } finally {
      options.signal?.removeEventListener('abort', stop);
    }
  }
}
