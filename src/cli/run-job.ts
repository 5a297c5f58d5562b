import type { INestApplicationContext } from '@nestjs/common';
import { SingleBar } from 'cli-progress';
import { AppError } from '../common/index.ts';
import { JobQueue, JobRunner, JobState, type Job } from '../jobs/index.ts';

const PRINTED_FAILURES = 20;

/**
 * Runs a job, or watches it where another process does, and shows how far it is: a bar on a
 * terminal, a line a second of JSON with `--json`.
 *
 * Ctrl-C cancels the job: what it had done stays, and the same command goes on from there. Rejects
 * with the job's own error where it failed, with `JOB_CANCELLED` where it was cancelled.
 */
export async function runJob(
  app: INestApplicationContext,
  job: Job,
  options: { json?: boolean },
): Promise<Job> {
  const queue = app.get(JobQueue);
  const runner = app.get(JobRunner);
  const display = options.json ? new JsonDisplay() : new BarDisplay();
  const cancel = () => void queue.cancel(job.id).catch(() => undefined);
  const release = () => void runner.stop();
  process.once('SIGINT', cancel);
  process.once('SIGTERM', release);
  runner.start({ datasetId: job.datasetId });
  try {
    const ended = await runner.waitFor(job.id, (now) => display.show(now));
    const failures = await queue.failures(job.id, { limit: PRINTED_FAILURES });
    display.finish(ended, failures);
    if (ended.error !== null) throw new AppError(ended.error.code, ended.error.message);
    if (ended.state === JobState.CANCELLED) {
      throw new AppError(
        'JOB_CANCELLED',
        'The job was cancelled. What it had done stays; the same command goes on from there.',
      );
    }
    return ended;
  } finally {
    process.off('SIGINT', cancel);
    process.off('SIGTERM', release);
    await runner.stop();
  }
}

interface Failure {
  readonly item: string;
  readonly code: string;
  readonly message: string;
}

interface Display {
  show(job: Job): void;
  finish(job: Job, failures: readonly Failure[]): void;
}

/** One object a line: `progress` at most once a second, `failure` an item, `job` at the end. */
class JsonDisplay implements Display {
  private last = { at: 0, seen: '' };

  show(job: Job): void {
    const progress = progressOf(job);
    const seen = JSON.stringify(progress);
    if (Date.now() - this.last.at < 1_000 || seen === this.last.seen) return;
    this.last = { at: Date.now(), seen };
    print({ event: 'progress', ...progress });
  }

  finish(job: Job, failures: readonly Failure[]): void {
    for (const { item, code, message } of failures) print({ event: 'failure', item, code, message });
    print({ event: 'job', ...progressOf(job), error: job.error, seconds: secondsOf(job) });
  }
}

class BarDisplay implements Display {
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

  finish(job: Job, failures: readonly Failure[]): void {
    if (this.started) this.bar.stop();
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
