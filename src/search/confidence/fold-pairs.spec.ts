import { describe, expect, it } from '@jest/globals';
import { labelledVectors } from '../../../test/fixtures/labelled-vectors.ts';
import { foldsUnder, learntProjection } from '../../../test/fixtures/learnt-projection.ts';
import type { LabelledVector, Projection } from '../../embeddings/index.ts';
import { calibrate, type ScoredPair } from './calibrate.ts';
import { confidenceOf } from './calibration-curve.ts';
import { pairsOfFold } from './fold-pairs.ts';
import { reliabilityOf } from './reliability.ts';

const options = { queries: 1_000, hits: 10 };

const projected = (projection: Projection, vectors: readonly LabelledVector[]) =>
  vectors.map((one) => ({ ...one, vector: projection.apply(one.vector) }));

/** How far the confidences that are learnt from pairs are off for others. */
function errorOf(pairs: readonly ScoredPair[][], others: readonly ScoredPair[][]): number {
  const { curve } = calibrate(pairs)!;
  const predictions = others.flat().map((pair) => ({ ...pair, confidence: confidenceOf(curve, pair.score) }));
  return reliabilityOf(predictions).expectedCalibrationError;
}

describe('pairs of held-out images', () => {
  it('make confidences right for pictures that a fit has not seen', async () => {
    const all = labelledVectors({ count: 1_200, dimension: 60, kinds: [12], between: 0.25 });
    const [gallery, queries] = [all.slice(0, 400), all.slice(400)];
    const projection = await learntProjection(gallery, 50);
    expect(projection.stats.learning!.stretch).not.toBeNull();

    const others = projected(projection, gallery);
    const fresh: ScoredPair[][] = [];
    for (const query of projected(projection, queries)) {
      fresh.push(...(await pairsOfFold({ heldOut: [query], others }, options)));
    }
    const seen = await pairsOfFold({ heldOut: others, others: [] }, options);
    const unseen: ScoredPair[][] = [];
    for await (const fold of foldsUnder(projection, gallery)) {
      unseen.push(...(await pairsOfFold(fold, options)));
    }
    expect(unseen).toHaveLength(gallery.length);
    expect(errorOf(unseen, fresh)).toBeLessThan(0.04);
    expect(errorOf(seen, fresh)).toBeGreaterThan(2 * errorOf(unseen, fresh));
  });

  it('are of images with labels, without exact copies, the nearest first', async () => {
    const image = (sha256: string, labels: string[], degrees: number): LabelledVector => {
      const angle = (degrees * Math.PI) / 180;
      return { sha256, labels, vector: Float32Array.of(Math.cos(angle), Math.sin(angle)) };
    };
    const heldOut = [image('a', ['x'], 0), image('a', ['x'], 0), image('b', [], 1), image('c', ['y'], 5)];
    const others = [image('d', ['x', 'y'], 10), image('e', [], 3), image('f', ['z'], 2)];
    const pairs = await pairsOfFold({ heldOut, others }, { queries: 2, hits: 2 });
    expect(pairs.map((ofOne) => ofOne.map(({ sharesLabel }) => sharesLabel))).toEqual([
      [false, false],
      [false, false],
    ]);
    const [all] = await pairsOfFold({ heldOut, others }, { queries: 1, hits: 10 });
    expect(all!.map(({ sharesLabel }) => sharesLabel)).toEqual([false, false, true]);
    expect(all![0]!.score).toBeCloseTo(Math.cos((2 * Math.PI) / 180));
    const aborted = { queries: 1, hits: 1, signal: AbortSignal.abort(new Error('cancelled')) };
    await expect(pairsOfFold({ heldOut, others }, aborted)).rejects.toThrow('cancelled');
  });
});
