import { SingleBar } from 'cli-progress';
import type { Job } from '../jobs/index.ts';

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
  return json ? new JsonDisplay() : new BarDisplay();
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

class BarDisplay implements JobDisplay {
  private readonly bar = new SingleBar({
    format: '{what} [{bar}] {value}/{total} · {failed} failed · {rate}/s · {eta_formatted} left{network}',
    etaBuffer: 100,
    hideCursor: true,
    // Without a terminal only the last line is printed, by finish().
    noTTYOutput: false,
  });
  private started = false;

  show(job: Job): void {
    if (!process.stderr.isTTY || job.total === null) return;
    const payload = {
      what: KIND_WORDS[job.kind],
      failed: job.failed,
      rate: Math.round(job.itemsPerSecond ?? 0),
      network:
        job.bytes === 0 ? '' : ` · ${(job.bytes / 1e6).toFixed(1)} MB · ${job.hosts.slice(0, 2).join(', ')}`,
    };
    if (!this.started) this.bar.start(job.total, 0, payload);
    this.started = true;
    this.bar.update(job.done + job.failed, payload);
  }

  stop(): void {
    if (this.started) this.bar.stop();
  }

  finish(job: Job, failures: readonly PrintedFailure[]): void {
    this.stop();
    for (const { item, code, message } of failures) process.stderr.write(`  ${item}: ${code} ${message}\n`);
    if (job.failed > failures.length) process.stderr.write(`  … and ${job.failed - failures.length} more\n`);
    const seconds = secondsOf(job);
    process.stdout.write(
      `${KIND_WORDS[job.kind]} ${job.state.toLowerCase()}: ${job.done} done, ${job.failed} failed` +
        `${seconds === null ? '' : `, ${seconds.toFixed(1)} s`} (job ${job.id})\n`,
    );
  }
}

const KIND_WORDS: Record<Job['kind'], string> = {
  IMPORT_DATASET: 'import',
  BUILD_INDEX: 'index',
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
