import { beforeAll, describe, expect, it } from '@jest/globals';
import { labelledVectors, withShuffledLabels } from '../../../../test/fixtures/labelled-vectors.ts';
import type { LabelledVector } from './labelled-sample.ts';
import { learnAxes, type AlteredCopy, type LearntAxes } from './learn-axes.ts';
import { Projection } from '../projection.ts';

const COUNT = 16;

interface Options {
  readonly threads?: number;
  readonly copies?: (sha256s: readonly string[]) => Iterable<AlteredCopy>;
}

/** Copies that hardly differ from their pictures. */
const copiesIn = (all: readonly LabelledVector[]) => (sha256s: readonly string[]) =>
  sha256s.slice(0, 30).map((sha256) => ({
    sha256,
    vector: all.find((one) => one.sha256 === sha256)!.vector.map((value, at) => value + 1e-4 * (at % 3)),
  }));

const learn = (all: readonly LabelledVector[], { threads = 2, copies = copiesIn(all) }: Options = {}) =>
  learnAxes(() => all, { dimension: all[0]!.vector.length, count: COUNT, threads, copiesOf: copies });

const projectionOf = (fitted: LearntAxes) => new Projection(fitted, 1, new Date(0));
const learningOf = ({ stats }: LearntAxes) => stats.learning;

/** The share of the ten nearest among the others that share a label. */
function precision(
  all: readonly LabelledVector[],
  projection: Projection,
  queries: readonly LabelledVector[],
) {
  const project = ({ vector, labels }: LabelledVector) => ({ labels, vector: projection.apply(vector) });
  const gallery = all.map(project);
  const hits = queries.map(project).map((query) => {
    const score = (one: Float32Array) => one.reduce((sum, value, at) => sum + value * query.vector[at]!, 0);
    const nearest = gallery
      .map(({ labels, vector }) => ({ labels, score: score(vector) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, 10);
    return nearest.filter(({ labels }) => labels.some((label) => query.labels.includes(label))).length / 10;
  });
  return hits.reduce((sum, value) => sum + value, 0) / hits.length;
}

describe('learnAxes', () => {
  const all = labelledVectors({ count: 660 });
  const [gallery, queries] = [all.slice(0, 600), all.slice(600)];
  let [learnt, plain] = [{} as LearntAxes, {} as LearntAxes];

  beforeAll(async () => {
    learnt = await learn(gallery);
    plain = await learn(gallery, { copies: () => [] });
  });

  it('finds more images of the same label, as it says', () => {
    const learning = learningOf(learnt);
    expect(learning).toMatchObject({ reason: 'GAIN', labels: 6, images: 600 });
    const [before, after] = [plain, learnt].map((one) => precision(gallery, projectionOf(one), queries));
    expect(after! - before!).toBeGreaterThan(0.05);
    expect(learning.precision!.gain.low).toBeGreaterThan(0);
    expect(learning.precision!.precisionBefore.value).toBeCloseTo(before!, 0);
    expect(learning.precision!.precisionAfter.value).toBeCloseTo(after!, 0);
    expect(learning.recall).toEqual({ copies: 30, recallBefore: 1, recallAfter: 1 });
    expect(learning.stretch).toBeGreaterThanOrEqual(1);
  });

  it('gives the same bits in any order and on any number of threads', async () => {
    const other = await learn(gallery.toReversed(), { threads: 3 });
    expect(projectionOf(other).digest).toBe(projectionOf(learnt).digest);
    const { decidedAt, ...figures } = learningOf(learnt);
    expect(learningOf(other)).toMatchObject(figures);
    expect(decidedAt).toBeGreaterThan(0);
  });

  it('keeps the principal axes if labels say nothing', async () => {
    const shuffled = withShuffledLabels(gallery);
    const fitted = await learn(shuffled);
    const learning = learningOf(fitted);
    expect(learning).toMatchObject({ stretch: null, reason: 'NO_GAIN', recall: null });
    expect(learning.precision!.gain.low).toBeLessThan(0.02);
    expect(projectionOf(fitted).digest).toBe(projectionOf(plain).digest);
  });

  it('keeps the principal axes if copies are lost, or cannot be searched for', async () => {
    expect(learningOf(plain)).toMatchObject({
      stretch: null,
      reason: 'NO_COPIES',
    });
    // "Copies" of one picture that are other pictures of its label, found by their labels' directions alone.
    const misleading = (sha256s: readonly string[]) => {
      const pictures = gallery.map(({ sha256, labels, vector }) => ({ sha256, label: labels[0]!, vector }));
      return sha256s.slice(0, 60).map((sha256) => {
        const own = pictures.find((one) => one.sha256 === sha256)!;
        const other = pictures.find((one) => one.label !== own.label)!;
        // What labels tell apart is taken from another picture.
        return { sha256, vector: own.vector.map((value, at) => (at < 20 ? value : other.vector[at]!)) };
      });
    };
    const learning = learningOf(await learn(gallery, { copies: misleading }));
    expect(learning).toMatchObject({ stretch: null, reason: 'COPIES_LOST' });
    expect(learning.recall!.recallAfter).toBeLessThan(learning.recall!.recallBefore - 0.01);
  });

  it('learns nothing from fewer than two labels of a handful of images', async () => {
    const few = gallery.slice(0, 60).map((one, at) => ({ ...one, labels: at < 40 ? ['a'] : [`${at}`] }));
    const asked: string[] = [];
    const learning = learningOf(await learn(few, { copies: (sha256s) => (asked.push(...sha256s), []) }));
    expect(learning).toMatchObject({ stretch: null, reason: 'TOO_FEW_LABELS', labels: 1, precision: null });
    expect(asked).toEqual([]);
  });

  it('uses images without labels for the mean and the axes', async () => {
    const half = gallery.map((one, at) => (at % 2 === 0 ? one : { ...one, labels: [] }));
    const fitted = await learn(half);
    expect(learningOf(fitted)).toMatchObject({ reason: 'GAIN', images: 300 });
    expect(fitted.mean).toEqual(learnt.mean);
  });

  it('learns from several labels of an image, and from more labels than axes', async () => {
    const several = labelledVectors({ count: 800, kinds: [8, 12, 9], between: 0.4 });
    const many = labelledVectors({ count: 1_200, kinds: [60], between: 0.9 });
    const both = [await learn(several), await learn(many)];
    expect(both.map(learningOf).map(({ reason, labels }) => [reason, labels])).toEqual([
      ['GAIN', 29],
      ['GAIN', 60],
    ]);
  });

  it('leaves the drift of its own vectors at about zero', async () => {
    const { stretch } = learningOf(learnt);
    expect(stretch).not.toBeNull();
    const { drift } = await projectionOf(learnt).measureDrift(gallery.map(({ vector }) => vector));
    expect(Math.abs(drift)).toBeLessThan(1e-3);
  });

  it('stops when it is aborted, and fails as the vectors do', async () => {
    const reason = new Error('cancelled');
    const options = { dimension: 40, count: COUNT, copiesOf: copiesIn(gallery) };
    const aborted = { ...options, signal: AbortSignal.abort(reason) };
    await expect(learnAxes(() => gallery, aborted)).rejects.toBe(reason);
    let turn = 0;
    function* failing() {
      yield* gallery.slice(0, 300);
      if (turn++ === 1) throw new Error('no more rows');
    }
    await expect(learnAxes(failing, options)).rejects.toThrow('no more rows');
  });
});
