import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { restoreError } from '../common/index.ts';
import { migrate } from '../database/index.ts';
import { JobClaims } from './job-claims.ts';
import { JobHandlers } from './job-handlers.ts';
import { JobQueue } from './job-queue.ts';
import { JobRepository } from './job.repository.ts';
import { JobRunner } from './job-runner.ts';
import { watchEndings } from './api/job-endings.ts';
import { watchJob } from './api/job-watch.ts';
import { JobKind, JobStage, JobState, type Job } from './job.ts';
import { JobsConfig } from './jobs.config.ts';
import { jobsMigrations } from './migrations/index.ts';
import { FakeProcess, importJob, untilAborted } from '../../test/fixtures/job-process.ts';

describe('Jobs', () => {
  let directory: string;
  let processes: FakeProcess[];

  const startProcess = async (): Promise<FakeProcess> => {
    const started = new FakeProcess(directory);
    processes.push(started);
    await migrate(started.database, jobsMigrations);
    return started;
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lookalike-'));
    processes = [];
  });
  afterEach(async () => {
    await Promise.all(processes.map((each) => each.stop()));
    await rm(directory, { recursive: true, force: true });
  });

  it('runs a job to its end and keeps counts and failures', async () => {
    const { queue, runner, importing } = await startProcess();
    importing.script = async (run) => {
      run.setTotal(3);
      run.advance(2);
      run.fail({ item: 'c', code: 'IMAGE_CORRUPT', message: 'It ends too early.' });
      run.fail({ item: 'c', code: 'IMAGE_CORRUPT', message: 'Said twice, counted once.' });
    };
    const { id } = await queue.enqueue(importJob(1, 'a'));
    expect((await queue.get(id)).state).toBe(JobState.QUEUED);
    runner.start();

    const job = await runner.waitFor(id);
    expect(job).toMatchObject({ state: JobState.SUCCEEDED, total: 3, done: 2, failed: 1, error: null });
    expect(job.startedAt).toBeInstanceOf(Date);
    expect(job.finishedAt).toBeInstanceOf(Date);
    expect(await queue.failures(id, { limit: 10 })).toEqual([
      expect.objectContaining({ item: 'c', code: 'IMAGE_CORRUPT', message: 'It ends too early.' }),
    ]);
    expect(importing.settledInputs).toEqual([{ name: 'a' }]);
  });

  it('joins a second identical job, whatever the order of its keys, while the first is active', async () => {
    const { queue, runner } = await startProcess();
    const first = await queue.enqueue({ ...importJob(1), input: { a: 1, b: [2] } });
    const second = await queue.enqueue({ ...importJob(1), input: { b: [2], a: 1 } });
    const other = await queue.enqueue({ ...importJob(1), input: { a: 1, b: [3] } });
    expect(second.id).toBe(first.id);
    expect(other.id).not.toBe(first.id);

    runner.start();
    await runner.waitFor(first.id);
    const again = await queue.enqueue({ ...importJob(1), input: { a: 1, b: [2] } });
    expect(again.id).not.toBe(first.id);
  });

  it('gives twenty concurrent callers the same job', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    const jobs = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? one : two).queue.enqueue(importJob(1, 'same'))),
    );
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
  });

  it('runs jobs of one dataset one after the other and those of two in parallel, in two processes', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    const active = new Map<number, number>();
    let mostOfOne = 0;
    let mostAtOnce = 0;
    for (const { importing } of [one, two]) {
      importing.script = async ({ datasetId }) => {
        active.set(datasetId, (active.get(datasetId) ?? 0) + 1);
        mostOfOne = Math.max(mostOfOne, ...active.values());
        mostAtOnce = Math.max(
          mostAtOnce,
          [...active.values()].reduce((a, b) => a + b),
        );
        await sleep(30);
        active.set(datasetId, (active.get(datasetId) ?? 0) - 1);
      };
    }
    const jobs = [];
    for (let n = 0; n < 8; n += 1) jobs.push(await one.queue.enqueue(importJob((n % 2) + 1, `${n}`)));
    one.runner.start();
    two.runner.start();
    for (const { id } of jobs) expect((await one.runner.waitFor(id)).state).toBe(JobState.SUCCEEDED);
    expect(mostOfOne).toBe(1);
    expect(mostAtOnce).toBe(2);
  });

  it('cancels a running job in whichever process it runs, and keeps what it has done', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    two.importing.script = async (run) => {
      run.setTotal(10);
      run.advance(4);
      await untilAborted(run);
    };
    const { id } = await one.queue.enqueue(importJob(1));
    two.runner.start();
    while ((await one.queue.get(id)).done < 4) await sleep(20);
    await one.queue.cancel(id);
    expect(await one.runner.waitFor(id)).toMatchObject({ state: JobState.CANCELLED, done: 4, error: null });
    expect(two.importing.settledInputs).toHaveLength(1);
  });

  it('cancels a queued job without ever running it', async () => {
    const { queue, runner, importing } = await startProcess();
    const { id } = await queue.enqueue(importJob(1));
    expect(await queue.cancel(id)).toMatchObject({ state: JobState.CANCELLED });
    runner.start();
    await sleep(50);
    expect(importing.runs).toHaveLength(0);
    expect(importing.settledInputs).toHaveLength(1);
    await expect(queue.cancel(id)).rejects.toMatchObject({ code: 'JOB_ENDED' });
    await expect(queue.cancel(999)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
  });

  it('turns from one dataset to the next, and returns what else it runs to the queue', async () => {
    const { queue, runner, importing } = await startProcess();
    const first = await queue.enqueue(importJob(1, 'first'));
    runner.start({ datasetId: 1 });
    expect((await runner.waitFor(first.id)).state).toBe(JobState.SUCCEEDED);
    importing.script = untilAborted;
    const long = await queue.enqueue(importJob(1, 'long'));
    while (importing.runs.length < 2) await sleep(10);
    importing.script = async () => undefined;
    const second = await queue.enqueue(importJob(2, 'second'));
    runner.turnTo(2);
    expect((await runner.waitFor(second.id)).state).toBe(JobState.SUCCEEDED);
    await runner.stop();
    expect(await queue.get(long.id)).toMatchObject({ state: JobState.QUEUED, finishedAt: null });
  });

  it('returns jobs to the queue when the process stops, and resumes them at the next start', async () => {
    const first = await startProcess();
    first.importing.script = untilAborted;
    const { id } = await first.queue.enqueue(importJob(1, 'long'));
    first.runner.start();
    while (first.importing.runs.length === 0) await sleep(10);
    await first.runner.stop();
    expect(await first.queue.get(id)).toMatchObject({ state: JobState.QUEUED, finishedAt: null });

    const second = await startProcess();
    second.runner.start();
    expect((await second.runner.waitFor(id)).state).toBe(JobState.SUCCEEDED);
    expect(second.importing.runs[0]?.input).toEqual({ name: 'long' });
  });

  it('shows how far a job is without ever running backwards, through several passes and runs', async () => {
    const seen: Job[] = [];
    const first = await startProcess();
    const { id } = await first.queue.enqueue(importJob(1));
    const shows = async ({ queue }: FakeProcess, condition: (job: Job) => boolean) => {
      for (;;) {
        const job = await queue.get(id);
        seen.push(job);
        if (condition(job)) return;
        await sleep(10);
      }
    };

    first.importing.script = async (run) => {
      run.setTotal(10);
      run.enterStage(JobStage.EMBEDDING, 0.6);
      run.advance(7);
      run.fail({ item: 'h', code: 'IMAGE_CORRUPT', message: 'It ends too early.' });
      await shows(first, ({ progress }) => progress > 0.4);
      run.advance(2);
      run.enterStage(JobStage.FITTING, 0.8);
      await shows(first, ({ stage }) => stage === JobStage.FITTING);
      run.countAgain();
      run.enterStage(JobStage.WRITING, 1);
      await shows(first, ({ stage }) => stage === JobStage.WRITING);
      await untilAborted(run);
    };
    first.runner.start();
    await shows(first, ({ stage }) => stage === JobStage.WRITING);
    await first.runner.stop();
    await shows(first, ({ state }) => state === JobState.QUEUED);
    expect(seen.at(-1)).toMatchObject({ done: 9, failed: 1, progress: expect.closeTo(0.8) });

    const second = await startProcess();
    let before: number | undefined;
    second.importing.script = async (run) => {
      before = run.countedBefore;
      run.setTotal(10);
      run.enterStage(JobStage.EMBEDDING, 0.6);
      run.advance(3);
      await shows(second, ({ stage }) => stage === JobStage.EMBEDDING);
      run.advance(7);
    };
    second.runner.start();
    await shows(second, ({ state }) => state === JobState.SUCCEEDED);
    expect(before).toBe(10);
    expect(seen.at(-1)).toMatchObject({ done: 10, failed: 0, total: 10, progress: 1 });
    expect(seen).toEqual(seen.toSorted((a, b) => a.progress - b.progress));
    expect(seen).toEqual(seen.toSorted((a, b) => a.done + a.failed - b.done - b.failed));
  });

  it('takes over the jobs of a dead process, and leaves those of a living one alone', async () => {
    const [dead, alive, next] = [await startProcess(), await startProcess(), await startProcess()];
    dead.importing.script = untilAborted;
    alive.importing.script = untilAborted;
    const orphan = await dead.queue.enqueue(importJob(1));
    dead.runner.start();
    while (dead.importing.runs.length === 0) await sleep(10);
    const kept = await alive.queue.enqueue(importJob(2));
    alive.runner.start();
    while (alive.importing.runs.length === 0) await sleep(10);

    // What the operating system does to the lock of a killed process.
    dead.presence.withdraw();
    next.runner.start();
    expect((await next.runner.waitFor(orphan.id)).state).toBe(JobState.SUCCEEDED);
    expect((await next.queue.get(kept.id)).state).toBe(JobState.RUNNING);
  });

  it('shows a coded failure as it is, but only the fact of a bug', async () => {
    const { queue, runner, importing, indexing } = await startProcess();
    importing.script = async () => {
      throw restoreError({ code: 'ANNOTATIONS_INVALID', message: 'Line 3 is no JSON.' });
    };
    indexing.script = async () => {
      throw new TypeError("Cannot read properties of undefined (reading '/secret/path')");
    };
    const coded = await queue.enqueue(importJob(1));
    const bug = await queue.enqueue({ kind: JobKind.BUILD_INDEX, datasetId: 2, input: {} });
    runner.start();
    expect(await runner.waitFor(coded.id)).toMatchObject({
      state: JobState.FAILED,
      error: { code: 'ANNOTATIONS_INVALID', message: 'Line 3 is no JSON.' },
    });
    const failed = await runner.waitFor(bug.id);
    expect(failed.error?.code).toBe('INTERNAL_SERVER_ERROR');
    expect(failed.error?.message).not.toContain('secret');
  });

  it('lists jobs newest first, by state, in pages', async () => {
    const { queue } = await startProcess();
    for (let dataset = 1; dataset <= 5; dataset += 1) await queue.enqueue(importJob(dataset));
    await queue.cancel(2);
    const ids = async (filter: Parameters<typeof queue.list>[0]) =>
      (await queue.list(filter)).map(({ id }) => id);
    expect(await ids({ limit: 3 })).toEqual([5, 4, 3]);
    expect(await ids({ limit: 3, after: 3 })).toEqual([2, 1]);
    expect(await ids({ limit: 9, state: JobState.CANCELLED })).toEqual([2]);
    expect(await queue.count({ state: JobState.QUEUED })).toBe(4);
  });

  it('shows a watcher each change until the job has ended', async () => {
    const { queue, runner, importing } = await startProcess();
    let finish: () => void = () => undefined;
    importing.script = () => new Promise<void>((resolve) => (finish = resolve));
    const { id } = await queue.enqueue(importJob(1));
    const states: JobState[] = [];
    for await (const job of watchJob(queue, id)) {
      states.push(job.state);
      if (job.state === JobState.QUEUED) runner.start();
      if (job.state === JobState.RUNNING) finish();
    }
    expect(states[0]).toBe(JobState.QUEUED);
    expect(states.at(-1)).toBe(JobState.SUCCEEDED);
  });

  it('does not start without a handler for every kind', async () => {
    const { database, presence } = await startProcess();
    const handlers = new JobHandlers();
    const repository = new JobRepository(database);
    const runner = new JobRunner(
      new JobQueue(repository, handlers),
      new JobClaims(repository, presence),
      repository,
      handlers,
      presence,
      new JobsConfig({ JOBS_CONCURRENCY: 1 }),
    );
    expect(() => runner.start()).toThrow('no handler');
  });

  it('tells of each job that ends, in any process, until nobody listens', async () => {
    const [{ queue }, other] = [await startProcess(), await startProcess()];
    const before = await other.queue.enqueue(importJob(1, 'before'));
    await other.queue.cancel(before.id);
    const all = await watchEndings(queue, undefined);
    const second = await watchEndings(queue, 2);
    const jobs = [await other.queue.enqueue(importJob(1, 'a')), await other.queue.enqueue(importJob(2, 'b'))];
    other.runner.start();
    const seen = [await all.next(), await all.next()].map(
      ({ value }) => value as { id: string; state: string },
    );
    expect(seen.map(({ id }) => id).sort()).toEqual(jobs.map(({ id }) => `Job:${id}`));
    expect(seen[0]?.state).toBe('SUCCEEDED');
    expect((await second.next()).value).toMatchObject({ id: `Job:${jobs[1]?.id}` });
    const waiting = all.next();
    await all.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    await second.return?.();
  });
});
