import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { JobStage, type Job } from '../jobs/index.ts';
import { jobDisplay } from './job-display.ts';

const job = (facts: Partial<Job>) =>
  ({
    ...{
      id: 1,
      kind: 'IMPORT_DATASET',
      state: 'RUNNING',
      total: 1_000,
      done: 0,
      failed: 0,
      warned: 0,
      stage: null,
      progress: 0,
    },
    ...{ itemsPerSecond: null, bytes: 0, hosts: [], startedAt: null, finishedAt: null, error: null },
    ...facts,
  }) as unknown as Job;

describe('the progress of a job', () => {
  let stderr: string;
  let stdout: string;
  const isTTY = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');

  beforeEach(() => {
    stderr = '';
    stdout = '';
    jest.useFakeTimers({ now: 0 });
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      stderr += String(text);
      return true;
    });
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      stdout += String(text);
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
    if (isTTY === undefined) delete (process.stderr as { isTTY?: boolean }).isTTY;
    else Object.defineProperty(process.stderr, 'isTTY', isTTY);
  });
  const onTerminal = (value: boolean) =>
    Object.defineProperty(process.stderr, 'isTTY', { value, configurable: true, writable: true });

  it('is a line every half minute where there is no terminal', () => {
    onTerminal(false);
    const display = jobDisplay({});
    for (let second = 0; second <= 65; second += 1) {
      jest.setSystemTime(second * 1_000);
      display.show(job({ done: second * 2, itemsPerSecond: 2, failed: 1 }));
    }
    expect(stderr.split('\n')).toEqual([
      'import: 61/1000 · 1 failed · 2.0/s · 7 min 49 s left',
      'import: 121/1000 · 1 failed · 2.0/s · 7 min 19 s left',
      '',
    ]);
  });

  it('says nothing of a rate or a time that is not known', () => {
    onTerminal(false);
    const display = jobDisplay({});
    jest.setSystemTime(40_000);
    display.show(job({ done: 3, itemsPerSecond: 0 }));
    expect(stderr).toBe('import: 3/1000\n');
  });

  it('says how far it is before it knows how many items there are', () => {
    onTerminal(false);
    const display = jobDisplay({});
    jest.setSystemTime(40_000);
    display.show(job({ total: null, stage: JobStage.TRANSCRIBING, progress: 0.057 }));
    expect(stderr).toBe('import: transcribing · 5 %\n');
  });

  it('draws a bar on a terminal, without an endless time', () => {
    onTerminal(true);
    const display = jobDisplay({});
    display.show(job({ total: null }));
    display.show(job({}));
    jest.advanceTimersByTime(1_000);
    const facts = { stage: JobStage.IMPORTING, progress: 0.25 };
    display.show(job({ ...facts, done: 10, itemsPerSecond: 0.1, bytes: 2_500_000, hosts: ['a.example'] }));
    jest.advanceTimersByTime(1_000);
    display.stop();
    expect(stderr).toContain('0/1000');
    expect(stderr).toContain('25% · importing · 10/1000 · 0.1/s · 2 h 45 min left · 2.5 MB · a.example');
    expect(stderr).not.toMatch(/INF|NaN|null/);
  });

  it('ends with a line on standard output', () => {
    onTerminal(false);
    const display = jobDisplay({});
    const ended = { state: 'SUCCEEDED', done: 5, startedAt: new Date(0), finishedAt: new Date(1_500) };
    display.finish(job(ended as Partial<Job>), []);
    expect(stdout).toBe('import succeeded: 5 done, 0 failed, 1.5 s (job 1)\n');
    stdout = '';
    display.finish(job({ ...ended, warned: 2 } as Partial<Job>), []);
    expect(stdout).toBe('import succeeded: 5 done, 0 failed, 2 with warnings, 1.5 s (job 1)\n');
  });
});
