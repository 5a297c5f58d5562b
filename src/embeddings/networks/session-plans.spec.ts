import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { embeddingsConfig } from '../../../test/fakes/fake.embeddings.ts';
import { FakeFeatureExtractor, fakeManifest } from '../../../test/fakes/fake.feature-extractor.ts';
import { FaultyStatements } from '../../../test/fakes/faulty-statements.ts';
import { Database, migrate } from '../../database/index.ts';
import { embeddingsMigrations } from '../migrations/index.ts';
import { bestPlan, planSessions, shapesToTry, usualPlan, type SessionPlan } from './session-plan.ts';
import type { FeatureExtractors } from './feature-extractor.port.ts';
import { SessionPlans } from './session-plans.ts';

const AUTOMATIC: SessionPlan = { sessions: 0, threads: 0, batch: 0 };

describe('shapesToTry', () => {
  it('compares one session per core with one on all cores, within what is prescribed', () => {
    const shapes = (wanted: Partial<SessionPlan>, cores: number) =>
      shapesToTry({ ...AUTOMATIC, ...wanted }, cores).map(
        ({ sessions, threads }) => `${sessions}×${threads}`,
      );
    expect(shapes({}, 1)).toEqual(['1×1']);
    expect(shapes({}, 2)).toEqual(['2×1', '1×2']);
    expect(shapes({}, 16)).toEqual(['16×1', '4×4', '1×16']);
    expect(shapes({ threads: 2 }, 4)).toEqual(['2×2']);
    expect(shapes({ sessions: 1 }, 4)).toEqual(['1×4']);
    expect(shapes({ sessions: 3, threads: 1 }, 4)).toEqual(['3×1']);
  });
});

describe('planSessions', () => {
  it('fills in whatever is left open', () => {
    expect(planSessions(AUTOMATIC, 8)).toEqual({ sessions: 8, threads: 1, batch: 4 });
    expect(planSessions({ sessions: 0, threads: 4, batch: 16 }, 8)).toEqual({
      sessions: 2,
      threads: 4,
      batch: 16,
    });
  });
});

describe('bestPlan', () => {
  const usual = { sessions: 2, threads: 1, batch: 4 };
  const measured = (batch: number, rate: number, sessions = 2) => ({
    plan: { sessions, threads: 3 - sessions, batch },
    rate,
  });

  it('takes the fastest plan, but no larger batch for a negligible gain', () => {
    const best = (...all: ReturnType<typeof measured>[]) => bestPlan(all, usual)?.plan;
    expect(best(measured(4, 80), measured(8, 98), measured(16, 100))).toMatchObject({ batch: 8 });
    expect(best(measured(4, 80), measured(8, 90), measured(16, 100))).toMatchObject({ batch: 16 });
    expect(best(measured(4, 80), measured(1, 97), measured(1, 100, 1))).toMatchObject({
      sessions: 1,
      batch: 1,
    });
  });

  it('keeps the usual plan unless another is clearly faster', () => {
    expect(bestPlan([measured(1, 104), measured(4, 100), measured(32, 106)], usual)?.plan).toEqual(usual);
    expect(bestPlan([measured(1, 104)], usual)).toBeUndefined();
    expect(bestPlan([], usual)).toBeUndefined();
    expect(usualPlan(AUTOMATIC, 2)).toEqual(usual);
    expect(usualPlan({ sessions: 0, threads: 4, batch: 16 }, 8)).toEqual({
      sessions: 2,
      threads: 4,
      batch: 16,
    });
  });
});

/** Makes shorter trials. */
class QuickPlans extends SessionPlans {
  protected override readonly trialMs = 60;
}

describe('SessionPlans', () => {
  let folder: string;
  let database: Database;
  let made: SessionPlan[];
  let extractors: FakeFeatureExtractor[];
  let batches: Set<number>;
  let logged: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    database = Database.open(folder);
    await migrate(database, embeddingsMigrations);
    [made, extractors, batches, logged] = [[], [], new Set(), []];
    jest.spyOn(Logger.prototype, 'debug').mockImplementation((message: string) => void logged.push(message));
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await database.close();
    await rm(folder, { recursive: true });
  });

  const makeFake: FeatureExtractors['makeExtractor'] = async (_manifest, _folder, plan) => {
    const extractor = new FakeFeatureExtractor();
    extractor.before = async ({ length }) => {
      batches.add(length);
      await new Promise(setImmediate);
    };
    made.push(plan);
    extractors.push(extractor);
    return extractor;
  };

  const plans = (
    { sessions = 0, threads = 0, batch = 0 }: Partial<SessionPlan> = {},
    cores = 2,
    makeExtractor = makeFake,
  ) =>
    new QuickPlans(
      database,
      { makeExtractor },
      { cores, processor: 'test processor' },
      embeddingsConfig({
        EMBEDDING_SESSIONS: sessions,
        EMBEDDING_THREADS: threads,
        EMBEDDING_BATCH: batch,
      }),
    );

  it('tries each shape with larger and larger batches, once per network and machine, and logs its choice', async () => {
    const plan = await plans().planFor(fakeManifest, '');
    expect(made.map(({ sessions, threads }) => [sessions, threads])).toEqual([
      [2, 1],
      [1, 2],
    ]);
    expect(extractors.every(({ closed, extracted }) => closed && extracted > 0)).toBe(true);
    expect(batches).toContain(1);
    expect(plan.sessions * plan.threads).toBe(2);
    expect([1, 2, 4, 8, 16, 32]).toContain(plan.batch);
    expect(logged).toEqual([
      expect.stringMatching(
        /^fake-float32-\w+ runs in \d session\(s\) × \d thread\(s\), batches of up to \d+(: \d+ pictures|$)/,
      ),
    ]);

    expect(await plans().planFor(fakeManifest, '')).toEqual(plan);
    expect(made).toHaveLength(2);
    await plans({}, 4).planFor(fakeManifest, '');
    await plans().planFor({ ...fakeManifest, sha256: '5'.repeat(64) }, '');
    expect(made).toHaveLength(6);
  });

  it('only tries what is not prescribed', async () => {
    expect(await plans({ sessions: 3, threads: 2, batch: 7 }).planFor(fakeManifest, '')).toEqual({
      sessions: 3,
      threads: 2,
      batch: 7,
    });
    expect(made).toEqual([]);
    expect(await plans({ batch: 7 }).planFor(fakeManifest, '')).toMatchObject({ batch: 7 });
    expect([...batches]).toEqual([7]);
  });

  it('leaves the plan for TensorFlow.js to its adapter', async () => {
    const tfjs = { ...fakeManifest, format: 'tfjs-graph' as const };
    expect(await plans({ batch: 16 }).planFor(tfjs, '')).toEqual({ ...AUTOMATIC, batch: 16 });
    expect(made).toEqual([]);
  });

  it('fails if the network cannot be loaded, and keeps no plan for it', async () => {
    const broken = plans({}, 2, () => Promise.reject(new Error('no such file')));
    await expect(broken.planFor(fakeManifest, '')).rejects.toThrow('no such file');
    await plans().planFor(fakeManifest, '');
    expect(made).toHaveLength(2);
  });

  it('uses a plan that cannot be kept on a full disk, and says so', async () => {
    const warned: string[] = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((message: string) => void warned.push(message));
    const faults = new FaultyStatements(database);
    faults.fail({ code: 'SQLITE_FULL' });
    const plan = await plans().planFor(fakeManifest, '');
    expect(plan.sessions * plan.threads).toBe(2);
    expect(warned).toEqual([expect.stringContaining('was not kept')]);
    faults.heal();
    await plans().planFor(fakeManifest, '');
    expect(made).toHaveLength(4);
  });
});
