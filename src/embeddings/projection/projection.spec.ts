import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cosine } from '../../../test/contracts/feature-extractor.contract.ts';
import { fakeEmbeddings } from '../../../test/fakes/fake.embeddings.ts';
import { Database, migrate } from '../../database/index.ts';
import { FITTING_SAMPLE, fitAxes, isInFittingSample } from './fitting/fit-axes.ts';
import { embeddingsMigrations } from '../migrations/index.ts';
import { Projection } from './projection.ts';
import { unitVector } from '../pipeline/unit-vector.ts';

const DIMENSION = 40;

/** Unit vectors around a mean that differ along a few directions, and a little along all of them. */
function vectors(count: number, { seed = 1, directions = 5, noise = 0.02 } = {}): Float32Array[] {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return Array.from({ length: count }, () => {
    const features = new Float32Array(DIMENSION).fill(0.5);
    for (let direction = 0; direction < directions; direction += 1) {
      const share = random() * (directions - direction);
      for (let at = direction; at < DIMENSION; at += 7) features[at]! += share;
    }
    return unitVector(features.map((value) => value + noise * random()));
  });
}

const fit = (
  of: Iterable<Float32Array>,
  count = 5,
  options: { threads?: number; signal?: AbortSignal } = {},
) =>
  fitAxes(of, { dimension: DIMENSION, count, ...options }).then(
    (fitted) => new Projection(fitted, 1, new Date(0)),
  );

describe('fitAxes', () => {
  it('centres on the mean and finds orthonormal axes that keep almost all of the variance', async () => {
    const all = vectors(700);
    const { mean, axes, stats, dimension } = await fit(all);
    expect([dimension, mean.length, stats.vectors]).toEqual([5, DIMENSION, 700]);
    for (const at of [0, 3, 39]) {
      expect(mean[at]).toBeCloseTo(all.reduce((sum, vector) => sum + vector[at]!, 0) / 700, 5);
    }
    for (let i = 0; i < 5; i += 1) {
      const axis = (at: number) => axes.slice(at * DIMENSION, (at + 1) * DIMENSION);
      expect(cosine(axis(i), axis(i))).toBeCloseTo(1, 5);
      expect(Math.hypot(...axis(i))).toBeCloseTo(1, 5);
      for (let j = 0; j < i; j += 1) expect(cosine(axis(i), axis(j))).toBeCloseTo(0, 5);
    }
    expect(stats.explained).toBeGreaterThan(0.95);
    expect(stats.explained).toBeLessThanOrEqual(1);
  });

  it('gives the same digest for the same vectors, whatever their order and the number of threads', async () => {
    const all = vectors(900);
    const digests = await Promise.all([
      fit(all, 5, { threads: 1 }),
      fit(all.toReversed(), 5, { threads: 1 }),
      fit(all, 5, { threads: 3 }),
    ]);
    expect(new Set(digests.map(({ digest }) => digest)).size).toBe(1);
    expect((await fit(all.slice(1))).digest).not.toBe(digests[0].digest);
    expect((await fit(all, 6)).digest).not.toBe(digests[0].digest);
  });

  it('does not change rankings if there are no more vectors than axes', async () => {
    const few = vectors(6);
    const projection = await fit(few, 8);
    expect(projection.stats).toEqual({ vectors: 6, explained: expect.closeTo(1, 5) });
    const short = few.map((vector) => projection.apply(vector));
    for (const [at, vector] of few.entries()) {
      for (const [other, second] of few.entries()) {
        expect(cosine(short[at]!, short[other]!)).toBeCloseTo(cosine(vector, second), 4);
      }
    }
    expect((await fit(few.slice(0, 1), 8)).apply(few[0]!)).toHaveLength(8);
  });

  it('fails without vectors, if the stream fails, and if it is aborted', async () => {
    await expect(fit([])).rejects.toMatchObject({ code: 'PROJECTION_TOO_FEW' });
    function* failing() {
      yield* vectors(300);
      throw new Error('no more rows');
    }
    await expect(fit(failing())).rejects.toThrow('no more rows');
    const controller = new AbortController();
    const reason = new Error('cancelled');
    function* endless() {
      for (let round = 0; ; round += 1) {
        if (round === 3) controller.abort(reason);
        yield* vectors(300);
      }
    }
    await expect(fit(endless(), 5, { signal: controller.signal })).rejects.toBe(reason);
    await expect(fit([new Float32Array(3)])).rejects.toThrow(RangeError);
  });
});

describe('isInFittingSample', () => {
  it('selects all of a few pictures, and by their digests a fixed number of many', () => {
    const digests = Array.from({ length: 20_000 }, (_, at) =>
      (BigInt(Math.imul(at, 2_654_435_761) >>> 0) << 16n).toString(16).padStart(12, '0').padEnd(64, '0'),
    );
    expect(digests.every((digest) => isInFittingSample(digest, FITTING_SAMPLE))).toBe(true);
    const sampled = digests.filter((digest) => isInFittingSample(digest, FITTING_SAMPLE * 20));
    expect(sampled.length).toBeGreaterThan(800);
    expect(sampled.length).toBeLessThan(1200);
    expect(sampled.every((digest) => isInFittingSample(digest, FITTING_SAMPLE * 10))).toBe(true);
  });
});

describe('Projection', () => {
  it('gives unit vectors that preserve similarities', async () => {
    const all = vectors(400);
    const projection = await fit(all);
    const short = all.map((vector) => projection.apply(vector));
    for (const vector of short) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    const centred = all.map((vector) => vector.map((value, at) => value - projection.mean[at]!));
    for (let at = 1; at < 40; at += 1) {
      expect(cosine(short[0]!, short[at]!)).toBeCloseTo(cosine(centred[0]!, centred[at]!), 1);
    }
  });

  it.each([0, 1, 3, 4, 100])('projects %i vectors together to the same bits as one by one', async (count) => {
    const all = vectors(100);
    const projection = await fit(all);
    const some = all.slice(0, count);
    expect(projection.applyAll(some)).toEqual(some.map((vector) => projection.apply(vector)));
  });

  it('always gives the mean the same direction', async () => {
    const same = Array.from({ length: 20 }, () => vectors(1)[0]!);
    const projection = await fit(same);
    expect([...projection.apply(same[0]!)]).toEqual([1, 0, 0, 0, 0]);
    expect(projection.applyAll(same.slice(0, 4))).toEqual(
      same.slice(0, 4).map(() => projection.apply(same[0]!)),
    );
    expect(Math.hypot(...projection.apply(vectors(2)[1]!))).toBeCloseTo(1, 5);
  });

  it('refuses vectors of another length', async () => {
    const projection = await fit(vectors(10));
    expect(() => projection.apply(new Float32Array(3))).toThrow(RangeError);
    expect(() => projection.applyAll([new Float32Array(3)])).toThrow(RangeError);
  });

  it('measures how much less it keeps of new vectors', async () => {
    const projection = await fit(vectors(600));
    const alike = await projection.measureDrift(vectors(300, { seed: 9 }));
    expect(alike).toMatchObject({ vectors: 300, keptWhenFitted: projection.stats.explained });
    expect(Math.abs(alike.drift)).toBeLessThan(0.02);
    const other = await projection.measureDrift(vectors(300, { seed: 9, directions: 7, noise: 3 }));
    expect(other.drift).toBeGreaterThan(0.15);
    expect(other.kept).toBeCloseTo(other.keptWhenFitted * (1 - other.drift), 6);
  });
});

describe('Projections', () => {
  let folder: string;
  let database: Database;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    database = Database.open(folder);
    await migrate(database, embeddingsMigrations);
  });

  afterEach(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });

  const padded = (all: readonly Float32Array[]) =>
    all.map((vector) => {
      const whole = new Float32Array(48);
      whole.set(vector);
      return whole;
    });

  it('keeps and counts the fits of each dataset and model, and finds the latest', async () => {
    const { models, projections } = await fakeEmbeddings(database);
    const resolve = (spec: string) => models.resolveModel(models.checkSpec(spec));
    const [five, six] = [await resolve('fake@5'), await resolve('fake@6')];
    const all = padded(vectors(200));
    expect(await projections.findLatestProjection(1, five)).toBeUndefined();
    const first = await projections.fitProjection({ datasetId: 1, model: five, vectors: all });
    const second = await projections.fitProjection({ datasetId: 1, model: five, vectors: all.slice(50) });
    expect([first.version, second.version]).toEqual([1, 2]);
    expect((await projections.findLatestProjection(1, five))?.digest).toBe(second.digest);
    expect(await projections.findLatestProjection(1, six)).toBeUndefined();
    expect(await projections.findLatestProjection(2, five)).toBeUndefined();
    // The same data gives the same fit.
    expect((await projections.fitProjection({ datasetId: 1, model: five, vectors: all })).version).toBe(1);
    expect((await projections.fitProjection({ datasetId: 2, model: five, vectors: all })).version).toBe(1);

    const later = await fakeEmbeddings(database);
    const found = await later.projections.findLatestProjection(1, five);
    expect(found).toEqual(second);
    expect(found?.apply(all[0]!)).toEqual(second.apply(all[0]!));

    await later.projections.forgetProjections(1, [first.digest]);
    expect((await later.projections.findLatestProjection(1, five))?.digest).toBe(first.digest);
    await later.projections.forgetProjections(1);
    expect(await later.projections.findLatestProjection(1, five)).toBeUndefined();
    expect(await later.projections.findLatestProjection(2, five)).toBeDefined();
  });

  it('keeps what came of the labels of each dataset apart, also if the fits are equal', async () => {
    const { models, projections } = await fakeEmbeddings(database);
    const model = await models.resolveModel(models.checkSpec('fake@5:labels'));
    const labelled = (labelOf: (at: number) => string) =>
      padded(vectors(60)).map((vector, at) => ({ sha256: `${100 + at}`, labels: [labelOf(at)], vector }));
    const learn = (datasetId: number, labelOf: (at: number) => string) =>
      projections.learnProjection({
        datasetId,
        model,
        vectors: () => labelled(labelOf),
        copiesOf: () => [],
        labelSample: () => [[datasetId, 0]],
      });
    const first = await learn(1, () => 'all');
    const second = await learn(2, (at) => `${at % 4}`);
    expect(second.digest).toBe(first.digest);
    const labelsOf = async (datasetId: number) => [
      (await projections.findFacts(datasetId, first.digest))?.stats.learning?.labels,
      (await projections.findLatestProjection(datasetId, model))?.stats.learning?.labels,
      (await projections.findLatestProjection(datasetId, model))?.stats.labelSample,
    ];
    expect(await labelsOf(1)).toEqual([1, 1, [[1, 0]]]);
    expect(await labelsOf(2)).toEqual([4, 4, [[2, 0]]]);
    expect(await projections.findFacts(3, first.digest)).toBeUndefined();
  });
});
