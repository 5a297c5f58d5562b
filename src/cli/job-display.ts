import { SingleBar } from 'cli-progress';
import type { Job } from '../jobs/index.ts';
import { printable } from './terminal/printable.ts';

/** How often progress is printed as a line if the output is not a terminal. */
const LINE_EVERY_MS = 30_000;

export interface PrintedFailure {
  readonly item: string;
  readonly code: string;
  readonly message: string;
}

/** Shows how far a job is. */
export interface JobDisplay {
  show(job: Job): void;
  /** Leaves the terminal as it was. */
  stop(): void;
  finish(job: Job, failures: readonly PrintedFailure[]): void;
}

export function jobDisplay({ json }: { readonly json?: boolean }): JobDisplay {
  if (json) return new JsonDisplay();
  return process.stderr.isTTY ? new BarDisplay() : new LineDisplay();
}

/** One object per line: `progress` at most once a second, `failure` per item, `job` at the end. */
class JsonDisplay implements JobDisplay {
  private last = { at: 0, seen: '' };

  show(job: Job): void {
    const progress = progressOf(job);
    const seen = JSON.stringify(progress);
    if (Date.now() - this.last.at < 1_000 || seen === this.last.seen) return;
    this.last = { at: Date.now(), seen };
    print({ event: 'progress', ...progress });
  }

  stop(): void {
    // Nothing stays on the screen.
  }

  finish(job: Job, failures: readonly PrintedFailure[]): void {
    for (const { item, code, message } of failures) print({ event: 'failure', item, code, message });
    print({ event: 'job', ...progressOf(job), error: job.error, seconds: secondsOf(job) });
  }
}

/** How a job ended, in words. */
abstract class WordDisplay implements JobDisplay {
  abstract show(job: Job): void;

  stop(): void {
    // Nothing stays on the screen.
  }

  finish(job: Job, failures: readonly PrintedFailure[]): void {
    this.stop();
    for (const { item, code, message } of failures) {
      process.stderr.write(`  ${printable(item)}: ${code} ${printable(message)}\n`);
    }
    if (job.failed > failures.length) process.stderr.write(`  … and ${job.failed - failures.length} more\n`);
    const seconds = secondsOf(job);
    process.stdout.write(
      `${KIND_WORDS[job.kind]} ${job.state.toLowerCase()}: ${job.done} done, ${job.failed} failed` +
        `${seconds === null ? '' : `, ${seconds.toFixed(1)} s`} (job ${job.id})\n`,
    );
  }
}

class BarDisplay extends WordDisplay {
  private bar: SingleBar | undefined;

  override show(job: Job): void {
    if (job.total === null) return;
    const payload = { what: KIND_WORDS[job.kind], facts: factsOf(job) };
    if (this.bar === undefined) {
      this.bar = new SingleBar({ format: '{what} [{bar}] {value}/{total}{facts}', hideCursor: true });
      this.bar.start(job.total, 0, payload);
    }
    this.bar.setTotal(job.total);
    this.bar.update(job.done + job.failed, payload);
  }

  override stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

/** A line now and then, for logs: none for a job that ends soon. */
class LineDisplay extends WordDisplay {
  private last = { at: Date.now(), seen: -1 };

  override show(job: Job): void {
    const seen = job.done + job.failed;
    if (job.total === null || seen === this.last.seen || Date.now() - this.last.at < LINE_EVERY_MS) return;
    this.last = { at: Date.now(), seen };
    process.stderr.write(`${KIND_WORDS[job.kind]}: ${seen}/${job.total}${factsOf(job)}\n`);
  }
}

/** What is known of the progress apart from the count. Nothing is said of what is not known yet. */
function factsOf({ total, done, failed, itemsPerSecond, bytes, hosts }: Job): string {
  const facts: string[] = [];
  if (failed > 0) facts.push(`${failed} failed`);
  if (itemsPerSecond !== null && itemsPerSecond > 0) {
    facts.push(`${itemsPerSecond < 10 ? itemsPerSecond.toFixed(1) : Math.round(itemsPerSecond)}/s`);
    const left = ((total ?? 0) - done - failed) / itemsPerSecond;
    if (left >= 1) facts.push(`${duration(left)} left`);
  }
  if (bytes > 0) facts.push(`${(bytes / 1e6).toFixed(1)} MB`, hosts.slice(0, 2).join(', '));
  return facts.map((fact) => ` · ${fact}`).join('');
}

/** As two units at most: `45 s`, `3 min 20 s`, `2 h 5 min`. */
function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const KIND_WORDS: Record<Job['kind'], string> = {
  IMPORT_DATASET: 'import',
  BUILD_INDEX: 'index',
  BUILD_MAP: 'map',
  DELETE_DATASET: 'delete',
};

function progressOf(job: Job) {
  const { id, kind, state, total, done, failed, itemsPerSecond, bytes, hosts } = job;
  return { jobId: String(id), kind, state, total, done, failed, itemsPerSecond, bytes, hosts };
}

function secondsOf({ startedAt, finishedAt }: Job): number | null {
  return startedAt === null || finishedAt === null
    ? null
    : (finishedAt.getTime() - startedAt.getTime()) / 1000;
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
