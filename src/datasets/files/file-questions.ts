import { availableParallelism } from 'node:os';
import { AnsweringThread, chunksOf, workerUrl } from '../../common/index.ts';
import { files } from './file-calls.ts';
import type { FileAnswer, FileQuestion } from './file-questions.messages.ts';
import { statVersion } from './stat-version.ts';

/** For fewer files, a thread takes longer to start than to answer. */
const FEW = 100;
/** Threads that wait for a slow disk or a network, as many as libuv has. */
const MAX_THREADS = 4;
/** Threads that have not been used for so long are given back. */
const IDLE_MS = 10_000;

/**
 * Asks the file system about many files. Threads do that without a promise per file, which takes several times as long
 * as the calls themselves.
 */
class FileQuestions {
  private threads: AnsweringThread<FileQuestion, FileAnswer>[] = [];
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
    const answers = await this.askAll(paths, 'versions');
    return answers.flatMap(({ versions = [] }) => versions);
  }

  /** Which of the paths exist, in their order. */
  async existence(paths: readonly string[]): Promise<boolean[]> {
    if (paths.length <= FEW) return (await this.versions(paths)).map((version) => version !== undefined);
    const answers = await this.askAll(paths, 'existence');
    return answers.flatMap(({ existence = [] }) => existence);
  }

  private async askAll(paths: readonly string[], about: FileQuestion['about']): Promise<FileAnswer[]> {
    const threads = this.started();
    const parts = chunksOf(paths, Math.ceil(paths.length / threads.length));
    try {
      return await Promise.all(parts.map((part, at) => threads[at]!.ask({ about, paths: part })));
    } catch (error) {
      // One that has failed would fail for ever.
      await this.end();
      throw error;
    }
  }

  private started(): readonly AnsweringThread<FileQuestion, FileAnswer>[] {
    if (this.threads.length === 0) {
      const count = Math.min(MAX_THREADS, availableParallelism());
      const file = workerUrl(import.meta.url, './file-questions.worker');
      this.threads = Array.from(
        { length: count },
        () => new AnsweringThread(file, undefined, 'Looking at files'),
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

export const fileQuestions = new FileQuestions();
