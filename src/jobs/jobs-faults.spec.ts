import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FaultyStatements } from '../../test/fakes/faulty-statements.ts';
import { FakeProcess, importJob, untilAborted } from '../../test/fixtures/job-process.ts';
import { migrate } from '../database/index.ts';
import { JobState, type Job } from './job.ts';
import { JobsResolver } from './api/jobs.resolver.ts';
import { jobsMigrations } from './migrations/index.ts';

const FAULTS = [
  ['a full disk', { code: 'SQLITE_FULL', rollbackFails: true }],
  ['a broken disk', { code: 'SQLITE_IOERR_WRITE', rollsBack: false }],
  ['a lock that is held for too long', { code: 'SQLITE_BUSY_TIMEOUT', rollsBack: false }],
  ['a disk that turned read-only', { code: 'SQLITE_READONLY', rollsBack: false }],
] as const;
const full = FAULTS[0][1];

describe('Jobs, when something fails', () => {
  let directory: string;
  let processes: FakeProcess[];
  let one: FakeProcess;
  let faults: FaultyStatements;

  const startProcess = async (): Promise<FakeProcess> => {
    const started = new FakeProcess(directory);
    processes.push(started);
    await migrate(started.database, jobsMigrations);
    started.runner.patience = { handlersMs: 200, lastWriteMs: 200, faultMs: 60_000 };
    return started;
  };
  const until = async (id: number, isThere: (job: Job) => boolean) => {
    for (;;) {
      const job = await one.queue.get(id);
      if (isThere(job)) return job;
      await sleep(10);
    }
  };
  const untilFaulty = async (times = 1) => {
    while (faults.failed < times) await sleep(10);
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lookalike-'));
    processes = [];
    one = await startProcess();
    faults = new FaultyStatements(one.database);
  });
  afterEach(async () => {
    faults.heal();
    await Promise.all(processes.map((each) => each.stop()));
    await rm(directory, { recursive: true, force: true });
  });

  describe.each(FAULTS)('with %s', (_what, fault) => {
    it('writes the end of a job once that is possible, with all its counts and failures', async () => {
      one.importing.script = async (run) => {
        run.setTotal(3);
        run.advance(2);
        faults.fail(fault);
        run.fail({ item: 'c', code: 'IMAGE_CORRUPT', message: 'It ends too early.' });
      };
      const { id } = await one.queue.enqueue(importJob(1));
      one.runner.start();
      await untilFaulty(2);
      expect((await one.queue.get(id)).state).toBe(JobState.RUNNING);
      faults.heal();
      expect(await one.runner.waitFor(id)).toMatchObject({
        state: JobState.SUCCEEDED,
        total: 3,
        done: 2,
        failed: 1,
      });
      expect(await one.queue.failures(id, { limit: 9 })).toMatchObject([{ item: 'c' }]);
      expect(one.importing.settledInputs).toHaveLength(1);
      // Its dataset is free.
      const next = await one.queue.enqueue(importJob(1));
      one.importing.script = async () => undefined;
      expect((await one.runner.waitFor(next.id)).state).toBe(JobState.SUCCEEDED);
    });

    it('keeps a queued job, and runs it once that is possible', async () => {
      const { id } = await one.queue.enqueue(importJob(1));
      faults.fail(fault);
      one.runner.start();
      await untilFaulty();
      expect((await one.queue.get(id)).state).toBe(JobState.QUEUED);
      faults.heal();
      expect((await one.runner.waitFor(id)).state).toBe(JobState.SUCCEEDED);
      expect(one.importing.runs).toHaveLength(1);
    });

    it('stops nevertheless, and the next process takes the job over', async () => {
      one.importing.script = (run) => {
        faults.fail(fault);
        return untilAborted(run);
      };
      const { id } = await one.queue.enqueue(importJob(1));
      one.runner.start();
      await untilFaulty();
      await one.runner.stop();
      expect((await one.queue.get(id)).state).toBe(JobState.RUNNING);

      const two = await startProcess();
      two.runner.start();
      expect((await two.runner.waitFor(id)).state).toBe(JobState.SUCCEEDED);
    });
  });

  it('reports what ended a job even if the rollback fails as well', async () => {
    one.importing.script = async () => {
      faults.fail({ ...full, times: 1 });
      await one.queue.enqueue(importJob(2));
    };
    const { id } = await one.queue.enqueue(importJob(1));
    one.runner.start();
    expect(await one.runner.waitFor(id)).toMatchObject({
      state: JobState.FAILED,
      error: { code: 'STORAGE_FULL' },
    });
  });

  it('writes progress later if a write fails', async () => {
    let finish: () => void = () => undefined;
    one.importing.script = (run) => {
      run.advance(5);
      run.fail({ item: 'x', code: 'IMAGE_CORRUPT', message: 'It ends too early.' });
      faults.fail({ ...full, after: 1, times: 1 });
      return new Promise((resolve) => (finish = resolve));
    };
    const { id } = await one.queue.enqueue(importJob(1));
    one.runner.start();
    const running = await until(id, ({ failed }) => failed === 1);
    expect(faults.failed).toBe(1);
    expect(running).toMatchObject({ state: JobState.RUNNING, done: 5 });
    expect(await one.queue.failures(id, { limit: 9 })).toMatchObject([{ item: 'x' }]);
    finish();
    await one.runner.waitFor(id);
  });

  it('cancels a job whose end could not be written, and retries immediately', async () => {
    one.importing.script = async () => {
      faults.fail({ ...full, matching: /update "jobs" set "total"/ });
      throw new Error('a bug');
    };
    const { id } = await one.queue.enqueue(importJob(1));
    one.runner.start();
    await untilFaulty(3);
    await one.queue.cancel(id);
    faults.heal();
    one.queue.wake();
    expect(await one.runner.waitFor(id)).toMatchObject({ state: JobState.CANCELLED, error: null });
  });

  it('runs jobs of other datasets while the end of one cannot be written', async () => {
    one.importing.script = async ({ datasetId }) => {
      if (datasetId === 1) faults.fail({ ...full, matching: /update "jobs" set "total"/, times: 3 });
    };
    const first = await one.queue.enqueue(importJob(1));
    one.runner.start();
    await untilFaulty();
    one.indexing.script = async () => {
      faults.heal();
    };
    const other = await one.queue.enqueue(importJob(2));
    expect((await one.runner.waitFor(other.id)).state).toBe(JobState.SUCCEEDED);
    expect((await one.runner.waitFor(first.id)).state).toBe(JobState.SUCCEEDED);
  });

  it('does not keep a caller waiting for a disk that stays full', async () => {
    one.runner.patience = { ...one.runner.patience, faultMs: 100 };
    const { id } = await one.queue.enqueue(importJob(1));
    faults.fail(full);
    one.runner.start();
    await expect(one.runner.waitFor(id)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    faults.heal();
    expect((await one.queue.get(id)).state).toBe(JobState.QUEUED);
    one.queue.wake();
    await until(id, ({ state }) => state === JobState.SUCCEEDED);

    one.importing.script = async () => faults.fail(full);
    const again = await one.queue.enqueue(importJob(1));
    await expect(one.runner.waitFor(again.id)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  });

  it('recovers other orphans if it cannot tell whether the owner of one is alive', async () => {
    const jobs = [await one.queue.enqueue(importJob(1)), await one.queue.enqueue(importJob(2))];
    const db = one.database.tables<{ jobs: { id: number; state: string; owner: string } }>();
    for (const { id } of jobs) {
      const row = { state: JobState.RUNNING, owner: `owner-${id}` };
      await db.updateTable('jobs').set(row).where('id', '=', id).execute();
    }
    jest.spyOn(one.presence, 'isAlive').mockImplementation((owner) => {
      if (owner === `owner-${jobs[0]!.id}`) throw new Error('too many open files');
      return false;
    });
    one.runner.start();
    expect((await one.runner.waitFor(jobs[1]!.id)).state).toBe(JobState.SUCCEEDED);
    expect((await one.queue.get(jobs[0]!.id)).state).toBe(JobState.RUNNING);
  });

  describe('when it has to stop', () => {
    it('does not wait for a handler that ignores its signal, and lets it change nothing more', async () => {
      let finish: () => void = () => undefined;
      one.importing.script = (run) => {
        run.advance(1);
        return new Promise((resolve) => (finish = resolve));
      };
      const { id } = await one.queue.enqueue(importJob(1));
      one.runner.start();
      await until(id, ({ done }) => done === 1);
      await one.runner.stop();
      expect(await one.queue.get(id)).toMatchObject({ state: JobState.QUEUED, finishedAt: null });

      finish();
      await sleep(50);
      expect((await one.queue.get(id)).state).toBe(JobState.QUEUED);
      expect(one.importing.settledInputs).toEqual([]);
    });

    it('stops waiting for the job, both by itself and by the signal of the caller', async () => {
      one.importing.script = () => new Promise(() => undefined);
      const { id } = await one.queue.enqueue(importJob(1));
      one.runner.start();
      const abort = new AbortController();
      const byRunner = one.runner.waitFor(id);
      const bySignal = one.runner.waitFor(id, undefined, abort.signal);
      abort.abort(new Error('enough'));
      await expect(bySignal).rejects.toThrow('enough');
      const stopping = one.runner.stop();
      await expect(byRunner).rejects.toMatchObject({ code: 'JOB_INTERRUPTED' });
      await stopping;
      await expect(one.runner.stop()).resolves.toBeUndefined();
    });

    it('interrupts the pause before the next attempt to write the end of a job', async () => {
      one.importing.script = async () => faults.fail(full);
      const { id } = await one.queue.enqueue(importJob(1));
      one.runner.start();
      await untilFaulty(3);
      one.runner.patience = { ...one.runner.patience, handlersMs: 60_000 };
      await one.runner.stop();
      expect((await one.queue.get(id)).state).toBe(JobState.RUNNING);
    });

    it('does not begin a job that it claimed at the last moment', async () => {
      const { id } = await one.queue.enqueue(importJob(1));
      one.runner.start();
      await one.runner.stop();
      expect(one.importing.runs).toEqual([]);
      expect((await one.queue.get(id)).state).toBe(JobState.QUEUED);
    });

    it('ends a job as cancelled if that was requested before', async () => {
      one.importing.script = untilAborted;
      const { id } = await one.queue.enqueue(importJob(1));
      one.runner.start();
      await until(id, ({ state }) => state === JobState.RUNNING);
      await one.queue.cancel(id);
      await one.runner.stop();
      expect((await one.queue.get(id)).state).toBe(JobState.CANCELLED);
    });
  });

  it('distinguishes an unreadable job from one that does not exist', async () => {
    const resolver = new JobsResolver(one.queue);
    expect(await resolver.job('99')).toBeNull();
    faults.fail({ code: 'SQLITE_IOERR_READ', matching: /^select/ });
    await expect(resolver.job('99')).rejects.toMatchObject({ code: 'SQLITE_IOERR_READ' });
  });

  it('reports jobs of a dataset that could not be cancelled', async () => {
    await one.queue.enqueue(importJob(1));
    faults.fail(full);
    await expect(one.queue.cancelActive(1)).rejects.toMatchObject({ code: 'SQLITE_FULL' });
    faults.heal();
    await one.queue.cancelActive(1);
    expect(await one.queue.count({ state: JobState.CANCELLED })).toBe(1);
  });
});
