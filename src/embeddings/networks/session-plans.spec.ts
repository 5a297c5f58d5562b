import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeFeatureExtractor, fakeManifest } from '../../../test/fakes/fake.feature-extractor.ts';
import { Database, migrate } from '../../database/index.ts';
import { FeatureExtractors } from './feature-extractors.ts';
import { embeddingsMigrations } from '../migrations/index.ts';
import { bestPlan, planSessions, shapesToTry, usualPlan, type SessionPlan } from './session-plan.ts';
import { SessionPlans } from './session-plans.ts';

const AUTOMATIC: SessionPlan = { sessions: 0, threads: 0, batch: 0 };

describe('shapesToTry', () => {
  it('sets a session a core against one session on all, within what is fixed', () => {
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
  it('fills in what is left open', () => {
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

  it('takes the fastest, but no larger batch for next to nothing', () => {
    const best = (...all: ReturnType<typeof measured>[]) => bestPlan(all, usual)?.plan;
    expect(best(measured(4, 80), measured(8, 98), measured(16, 100))).toMatchObject({ batch: 8 });
    expect(best(measured(4, 80), measured(8, 90), measured(16, 100))).toMatchObject({ batch: 16 });
    expect(best(measured(4, 80), measured(1, 97), measured(1, 100, 1))).toMatchObject({
      sessions: 1,
      batch: 1,
    });
  });

  it('stays with the usual plan where that is not beaten clearly, or was not measured', () => {
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
  });

  afterEach(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });

  const plans = (wanted: Partial<SessionPlan> = {}, cores = 2) => {
    const makers = new FeatureExtractors((_manifest, _folder, plan) => {
      const extractor = new FakeFeatureExtractor();
      extractor.before = async ({ length }) => {
        batches.add(length);
        await new Promise(setImmediate);
      };
      made.push(plan);
      extractors.push(extractor);
      return Promise.resolve(extractor);
    });
    const logger = { log: (message: string) => void logged.push(message), warn: () => undefined };
    return new SessionPlans(database, makers, { ...AUTOMATIC, ...wanted }, logger, { cores, trialMs: 60 });
  };

  it('tries the shapes with rising batches, once a network and machine, and says what it chose', async () => {
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
        /^fake-float32-\w+ runs as \d session\(s\) × \d thread\(s\), batches of up to \d+(: \d+ pictures|$)/,
      ),
    ]);

    expect(await plans().planFor(fakeManifest, '')).toEqual(plan);
    expect(made).toHaveLength(2);
    await plans({}, 4).planFor(fakeManifest, '');
    await plans().planFor({ ...fakeManifest, sha256: '5'.repeat(64) }, '');
    expect(made).toHaveLength(6);
  });

  it('tries only what is not fixed, and nothing where all is', async () => {
    expect(await plans({ sessions: 3, threads: 2, batch: 7 }).planFor(fakeManifest, '')).toEqual({
      sessions: 3,
      threads: 2,
      batch: 7,
    });
    expect(made).toEqual([]);
    expect(await plans({ batch: 7 }).planFor(fakeManifest, '')).toMatchObject({ batch: 7 });
    expect([...batches]).toEqual([7]);
  });

  it('leaves TensorFlow.js to its adapter', async () => {
    const tfjs = { ...fakeManifest, format: 'tfjs-graph' as const };
    expect(await plans({ batch: 16 }).planFor(tfjs, '')).toEqual({ ...AUTOMATIC, batch: 16 });
    expect(made).toEqual([]);
  });

  it('passes on what keeps a network from loading, and keeps no plan of it', async () => {
    const failing = new FeatureExtractors(() => Promise.reject(new Error('no such file')));
    const broken = new SessionPlans(database, failing, AUTOMATIC, {
      log: () => undefined,
      warn: () => undefined,
    });
    await expect(broken.planFor(fakeManifest, '')).rejects.toThrow('no such file');
    await plans().planFor(fakeManifest, '');
    expect(made).toHaveLength(2);
  });
});
