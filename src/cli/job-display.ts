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
    const failuresNotPrinted = job.failed - failures.length;
    print({
      event: 'job',
      ...progressOf(job),
      failuresNotPrinted,
      error: job.error,
      seconds: secondsOf(job),
    });
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
    if (job.failed > failures.length) {
      const more = job.failed - failures.length;
      process.stderr.write(`  … and ${more} more: lookalike failures ${job.id}\n`);
    }
    const seconds = secondsOf(job);
    process.stdout.write(
      `${KIND_WORDS[job.kind]} ${job.state.toLowerCase()}: ${job.done} done, ${job.failed} failed` +
        `${job.warned === 0 ? '' : `, ${job.warned} ${WARNED_WORDS[job.kind] ?? 'with warnings'}`}` +
        `${seconds === null ? '' : `, ${seconds.toFixed(1)} s`} (job ${job.id})\n`,
    );
  }
}

class BarDisplay extends WordDisplay {
  private bar: SingleBar | undefined;

  override show(job: Job): void {
    const payload = { what: KIND_WORDS[job.kind], facts: ` · ${wordsOf(job).join(' · ')}` };
    if (this.bar === undefined) {
      if (job.stage === null && job.total === null) return;
      this.bar = new SingleBar({ format: '{what} [{bar}] {percentage}%{facts}', hideCursor: true });
      this.bar.start(1, 0, payload);
    }
    this.bar.update(job.progress, payload);
  }

  override stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

/** A line now and then, for logs: none for a job that ends soon. */
class LineDisplay extends WordDisplay {
  private last = { at: Date.now(), seen: '' };

  override show(job: Job): void {
    const share = job.total === null ? [`${Math.floor(100 * job.progress)} %`] : [];
    const seen = `${job.stage} ${job.done + job.failed} ${share.join('')}`;
    if (job.stage === null && job.total === null) return;
    if (seen === this.last.seen || Date.now() - this.last.at < LINE_EVERY_MS) return;
    this.last = { at: Date.now(), seen };
    process.stderr.write(`${KIND_WORDS[job.kind]}: ${[...wordsOf(job), ...share].join(' · ')}\n`);
  }
}

/** What is known of the progress apart from its share. Nothing is said of what is not known yet. */
function wordsOf({ stage, total, done, failed, itemsPerSecond, bytes, hosts }: Job): string[] {
  const facts: string[] = [];
  if (stage !== null) facts.push(STAGE_WORDS[stage]);
  if (total !== null) facts.push(`${done + failed}/${total}`);
  if (failed > 0) facts.push(`${failed} failed`);
  if (itemsPerSecond !== null && itemsPerSecond > 0) {
    facts.push(`${itemsPerSecond < 10 ? itemsPerSecond.toFixed(1) : Math.round(itemsPerSecond)}/s`);
    const left = ((total ?? 0) - done - failed) / itemsPerSecond;
    if (left >= 1) facts.push(`${duration(left)} left`);
  }
  if (bytes > 0) facts.push(`${(bytes / 1e6).toFixed(1)} MB`, hosts.slice(0, 2).join(', '));
  return facts;
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
  VERIFY_FILES: 'verify',
};

/** What a warning means. */
const WARNED_WORDS: Partial<Record<Job['kind'], string>> = { VERIFY_FILES: 'fetched again' };

const STAGE_WORDS: Record<NonNullable<Job['stage']>, string> = {
  READING: 'reading',
  TRANSCRIBING: 'transcribing',
  COMPARING: 'comparing',
  IMPORTING: 'importing',
  EMBEDDING: 'embedding',
  FITTING: 'fitting',
  WRITING: 'writing',
  BUILDING_GRAPH: 'building the graph',
  CALIBRATING: 'calibrating',
  ARRANGING: 'arranging',
  DELETING: 'deleting',
};

function progressOf(job: Job) {
  const { id, kind, state, stage, progress, total, done, failed, warned, itemsPerSecond, bytes, hosts } = job;
  return {
    jobId: String(id),
    kind,
    state,
    stage,
    progress,
    total,
    done,
    failed,
    warned,
    itemsPerSecond,
    bytes,
    hosts,
  };
}

function secondsOf({ startedAt, finishedAt }: Job): number | null {
  return startedAt === null || finishedAt === null
    ? null
    : (finishedAt.getTime() - startedAt.getTime()) / 1000;
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
