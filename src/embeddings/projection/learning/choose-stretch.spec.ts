import { describe, expect, it } from '@jest/globals';
import { labelledVectors, withShuffledLabels } from '../../../../test/fixtures/labelled-vectors.ts';
import { bestStretch, crossValidate, recallOfCopies, STRETCHES } from './choose-stretch.ts';
import { packSample, sampleOrder, type LabelledVector } from './labelled-sample.ts';

const DIMENSION = 12;
const all = labelledVectors({ count: 200, dimension: DIMENSION, kinds: [4] });

/** Centred, as coordinates are. */
function packed(vectors: readonly LabelledVector[], dimension = DIMENSION) {
  const mean = new Float64Array(dimension);
  for (const { vector } of vectors) vector.forEach((value, at) => (mean[at]! += value / vectors.length));
  const centred = (at: number) => vectors[at]!.vector.map((value, place) => value - mean[place]!);
  return packSample(vectors, sampleOrder(vectors), centred, dimension);
}

const sample = packed(all);
const copiesOf = (rows: readonly number[], vectorOf: (row: number) => number = (row) => row) => ({
  rows: Int32Array.from(rows),
  vectors: Float32Array.from(
    rows.flatMap((row) => {
      const start = vectorOf(row) * DIMENSION;
      return [...sample.vectors.subarray(start, start + DIMENSION)];
    }),
  ),
});

describe('crossValidate', () => {
  it('finds that real labels gain at every strength, and shuffled ones at none', () => {
    expect(crossValidate(sample)!.gains.map(({ isSignificant }) => isSignificant)).toEqual(
      STRETCHES.map(() => true),
    );
    for (const seed of [1, 2, 3]) {
      const { gains } = crossValidate(packed(withShuffledLabels(all, seed)))!;
      expect(gains.filter(({ isSignificant }) => isSignificant)).toEqual([]);
    }
  });

  it('is not misled by shuffled labels of few images, whose gains scatter more than a bootstrap knows', () => {
    const few = labelledVectors({ count: 160, dimension: 24, kinds: [3], between: 0.6, seed: 4 });
    const misled = Array.from({ length: 60 }, (_, seed) => seed).filter((seed) => {
      const { gains } = crossValidate(packed(withShuffledLabels(few, seed), 24))!;
      return gains.some(({ isSignificant }) => isSignificant);
    });
    expect(misled).toEqual([]);
    expect(crossValidate(packed(few, 24))!.gains.every(({ isSignificant }) => isSignificant)).toBe(true);
  });
});

describe('recallOfCopies', () => {
  it('counts the copies whose picture is found first', () => {
    const rows = Array.from({ length: 150 }, (_, row) => row);
    const { before, after } = recallOfCopies(sample, copiesOf(rows));
    expect([before, ...after.map(({ recall }) => recall)]).toEqual([1, ...STRETCHES.map(() => 1)]);
    const misleading = recallOfCopies(
      sample,
      copiesOf(rows, (row) => (row < 120 ? row : row + 1)),
    );
    expect(misleading.before).toBe(0.8);
    for (const { recall, change } of misleading.after) {
      expect(recall).toBe(0.8);
      expect(change).toEqual({ value: 0, low: 0, high: 0 });
    }
  });
});

describe('bestStretch', () => {
  const interval = (value: number, low = value) => ({ value, low, high: value });
  const choose = (
    gains: readonly (readonly [gain: number, isSignificant: boolean])[],
    changes: readonly (readonly [value: number, low: number])[],
  ) =>
    bestStretch(
      {
        precision: interval(0.5),
        gains: gains.map(([gain, isSignificant], at) => ({
          stretch: STRETCHES[at]!,
          precision: interval(0.5 + gain),
          gain: interval(gain),
          isSignificant,
        })),
      },
      {
        before: 0.9,
        after: changes.map(([value, low]) => ({ recall: 0.9 + value, change: interval(value, low) })),
      },
    );
  const gains = [
    [0.01, true],
    [0.02, true],
    [0.03, true],
    [0.04, true],
    [0.05, true],
  ] as const;
  const none = [0, 0] as const;

  it('takes the largest gain among those that lose hardly any copies', () => {
    expect(choose(gains, [none, none, none, none, none])).toBe(4);
    expect(choose(gains, [none, none, none, [-0.005, -0.024], [-0.006, -0.007]])).toBe(3);
  });

  it('does not trust copies that are too few to exclude a loss', () => {
    expect(choose(gains, [none, none, none, [0, -0.025], [0.01, -0.03]])).toBe(2);
  });

  it('takes none without a significant gain, or if all lose copies', () => {
    const chance = gains.map(([gain]) => [gain, false] as const);
    expect(choose(chance, [none, none, none, none, none])).toBeUndefined();
    const lost = [-0.02, -0.03] as const;
    expect(choose(gains, [lost, lost, lost, lost, lost])).toBeUndefined();
  });
});
