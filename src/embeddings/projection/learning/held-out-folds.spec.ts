import { describe, expect, it } from '@jest/globals';
import { labelledVectors } from '../../../../test/fixtures/labelled-vectors.ts';
import { learntProjection } from '../../../../test/fixtures/learnt-projection.ts';
import { fitAxes } from '../fitting/fit-axes.ts';
import { heldOutFolds, type HeldOutFold } from './held-out-folds.ts';
import type { LabelledVector } from './labelled-sample.ts';
import { Projection } from '../projection.ts';

async function foldsOf(folds: AsyncIterable<HeldOutFold>): Promise<HeldOutFold[]> {
  const all: HeldOutFold[] = [];
  for await (const fold of folds) all.push(fold);
  return all;
}

const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);

describe('heldOutFolds', () => {
  it('projects each image once by a fit that has not seen it', async () => {
    const all = labelledVectors({ count: 300 });
    const fitted = await learntProjection(all, 16);
    expect(fitted.stats.learning!.stretch).not.toBeNull();
    const seen: string[] = [];
    for (const { heldOut, others } of await foldsOf(heldOutFolds(all, fitted))) {
      expect(heldOut.length + others.length).toBe(300);
      expect(heldOut.length).toBe(60);
      for (const { vector } of heldOut) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      seen.push(...heldOut.map(({ sha256 }) => sha256));
      const { labels } = all.find(({ sha256 }) => sha256 === heldOut[0]!.sha256)!;
      expect(heldOut[0]!.labels).toEqual(labels);
    }
    expect(seen.toSorted()).toEqual(all.map(({ sha256 }) => sha256).toSorted());
  });

  it('fits on the others alone if axes consist of the vectors', async () => {
    const all = labelledVectors({ count: 40, dimension: 300, kinds: [3] });
    const unlabelled = all.map((one): LabelledVector => ({ ...one, labels: [] }));
    const axesOf = (some: readonly LabelledVector[]) =>
      fitAxes(
        some.map(({ vector }) => vector),
        { dimension: 300, count: 50 },
      );
    const fitted = new Projection(await axesOf(unlabelled), 1, new Date(0));
    const folds = await foldsOf(heldOutFolds(unlabelled, fitted, { fromFew: true }));
    expect(folds).toHaveLength(5);
    let [sum, expected, seen] = [0, 0, 0];
    for (const { heldOut, others } of folds) {
      const held = new Set(heldOut.map(({ sha256 }) => sha256));
      const rest = all.filter(({ sha256 }) => !held.has(sha256));
      const own = new Projection(await axesOf(rest), 1, new Date(0));
      const vectorOf = (projection: Projection, sha256: string) =>
        projection.apply(all.find((one) => one.sha256 === sha256)!.vector);
      for (const one of heldOut) {
        for (const other of others) {
          sum += cosine(one.vector, other.vector);
          expected += cosine(vectorOf(own, one.sha256), vectorOf(own, other.sha256));
          seen += cosine(vectorOf(fitted, one.sha256), vectorOf(fitted, other.sha256));
        }
      }
    }
    expect(Math.abs(sum - expected)).toBeLessThan(0.1 * Math.abs(seen - expected));
  });
});
