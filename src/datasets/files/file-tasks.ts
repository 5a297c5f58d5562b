import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { AnsweringThread, chunksOf, workerUrl } from '../../common/index.ts';
import { files } from './file-calls.ts';
import { BETWEEN_PATHS, type FileResult, type FileTask } from './file-tasks.messages.ts';
import { statVersion } from './stat-version.ts';

/** For fewer files, a thread takes longer to start than to do it. */
const FEW = 100;
/** Threads that wait for a slow disk or a network, as many as libuv has. */
const MAX_THREADS = 4;
/** Threads that have not been used for so long are given back. */
const IDLE_MS = 10_000;

/**
 * Asks the file system about many files, or removes them. Threads do that without a promise per file, which takes
 * several times as long as the calls themselves.
 */
class FileTasks {
  private threads: AnsweringThread<FileTask, FileResult>[] = [];
  private idle: NodeJS.Timeout | undefined;

  /** What changes if a file is changed; undefined if there is none, or it cannot be looked at. */
  async version(path: string): Promise<string | undefined> {
    try {
      return statVersion(await files.stat(path));
    } catch {
      return undefined;
    }
  }

  /** The same for several files, in their order. */
  async versions(paths: readonly string[]): Promise<(string | undefined)[]> {
    if (paths.length <= FEW) return Promise.all(paths.map((path) => this.version(path)));
    return this.doAll(paths, 'versions');
  }

  /** Which of the paths exist, in their order. */
  async existence(paths: readonly string[]): Promise<boolean[]> {
    if (paths.length <= FEW) return (await this.versions(paths)).map((version) => version !== undefined);
    return this.doAll(paths, 'existence');
  }

  /** Removes files. It is not an error if there are none. Rejects if one cannot be removed; others may be gone then. */
  async remove(paths: readonly string[]): Promise<void> {
    const isGone = paths.length <= FEW ? [] : await this.doAll(paths, 'removal');
    // Once more, for the error.
    await Promise.all(paths.filter((_path, at) => !isGone[at]).map((path) => rm(path, { force: true })));
  }

  private async doAll<Kind extends FileTask['kind']>(
    paths: readonly string[],
    kind: Kind,
  ): Promise<NonNullable<FileResult[Kind]>[number][]> {
    const threads = this.started();
    const parts = chunksOf(paths, Math.ceil(paths.length / threads.length));
    let results: FileResult[];
    try {
      results = await Promise.all(
        parts.map((part, at) => threads[at]!.ask({ kind, paths: part.join(BETWEEN_PATHS) })),
      );
    } catch (error) {
      // One that has failed would fail for ever.
      await this.end();
      throw error;
    }
    const all = results.flatMap(
      (result): readonly NonNullable<FileResult[Kind]>[number][] => result[kind] ?? [],
    );
    if (all.length !== paths.length) throw new Error('A path contains what separates paths');
    return all;
  }

  private started(): readonly AnsweringThread<FileTask, FileResult>[] {
    if (this.threads.length === 0) {
      const count = Math.min(MAX_THREADS, availableParallelism());
      const file = workerUrl(import.meta.url, './file-tasks.worker');
      this.threads = Array.from(
        { length: count },
        () => new AnsweringThread(file, undefined, 'Handling files'),
      );
    }
    clearTimeout(this.idle);
    this.idle = setTimeout(() => void this.endIfIdle(), IDLE_MS).unref();
    return this.threads;
  }

  private async endIfIdle(): Promise<void> {
    if (this.threads.every(({ isIdle }) => isIdle)) await this.end();
    else this.started();
  }

  private async end(): Promise<void> {
    const ended = this.threads;
    this.threads = [];
    await Promise.all(ended.map((thread) => thread.close()));
  }
}

export const fileTasks = new FileTasks();
