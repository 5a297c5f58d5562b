import { describe, expect, it } from '@jest/globals';
import { labelledVectors } from '../../../../test/fixtures/labelled-vectors.ts';
import { multiplyRows } from '../../../linear-algebra/index.ts';
import { classScatter } from './class-scatter.ts';
import { labelMap, stretched } from './label-map.ts';
import { packSample, sampleOrder, type LabelledVector } from './labelled-sample.ts';

const packed = (all: readonly LabelledVector[]) =>
  packSample(all, sampleOrder(all), (at) => all[at]!.vector, all[0]!.vector.length);

const points = (rows: readonly (readonly [labels: string, ...numbers: number[]])[]) =>
  packed(
    rows.map(([labels, ...numbers], at) => ({
      sha256: String(at).padStart(4, '0'),
      labels: labels === '' ? [] : labels.split(' '),
      vector: Float32Array.from(numbers),
    })),
  );

/** Repeats rows, so that their labels have a handful of images. */
const often = <Row>(rows: readonly Row[]) => Array.from({ length: 5 }, () => rows).flat();

describe('packSample', () => {
  it('does not depend on the order of the images', () => {
    const all = labelledVectors({ count: 60 });
    expect(packed(all.toReversed())).toEqual(packed(all));
  });

  it('learns from labels of at least a handful of images, and keeps the same picture in one fold', () => {
    const rows = often([
      ['a b', 0],
      ['b c', 1],
    ] as const);
    const sample = points([...rows, ['rare', 2], ['', 3]]);
    expect(sample.learnt).toBe(3);
    expect(sample.starts.at(-1)).toBe(2 * rows.length + 1);
    const [first, ...others] = labelledVectors({ count: 11 });
    const twice = packed([first!, { ...first!, labels: ['other'] }, ...others]);
    const row = (at: number) => [...twice.vectors.subarray(at * 40, (at + 1) * 40)];
    const same = Array.from({ length: 12 }, (_, at) => at).filter(
      (at) => row(at).join() === [...first!.vector].join(),
    );
    expect(same).toHaveLength(2);
    expect(new Set(same.map((at) => twice.folds[at])).size).toBe(1);
    expect(new Set(twice.folds).size).toBe(5);
  });
});

describe('classScatter', () => {
  it('divides what differs into what differs within and between labels', () => {
    const { within, between, classes } = classScatter(
      points(
        often([
          ['a', 0, 1],
          ['a', 2, 1],
          ['b', 10, 5],
          ['b', 12, 5],
        ] as const),
      ),
    );
    // Each value is 1 from its label's mean along the first number; the means are ±(5, 2) from that of all.
    expect(classes).toBe(2);
    expect(within[0]).toBeCloseTo(20 / 18, 12);
    expect([...within.slice(1)]).toEqual([0, 0, 0]);
    expect([...between]).toEqual([25, 10, 10, 4]);
  });

  it('shares the weight of an image among its labels, and ignores images without labels and of a fold', () => {
    const rows = [
      ['a', 0],
      ['a b', 3],
      ['b', 9],
    ] as const;
    const { within, between } = classScatter(points(often(rows)));
    // The means are (0 + 3/2) / 1.5 = 1 and (3/2 + 9) / 1.5 = 7; that of all is 4.
    expect(between[0]).toBeCloseTo(9, 12);
    expect(within[0]).toBeCloseTo((5 * (1 + (4 + 16) / 2 + 4)) / (15 - 2), 12);
    const more = [...often(rows), ['', 1_000]] as const;
    expect(classScatter(points(more))).toEqual(classScatter(points(often(rows))));
    const sample = points(often(rows));
    expect(classScatter(sample, 0)).not.toEqual(classScatter(sample));
  });
});

describe('labelMap', () => {
  const sample = packed(labelledVectors({ count: 3_000, dimension: 12, kinds: [4] }));
  const scatter = classScatter(sample);
  const map = labelMap(scatter, 12);

  it('whitens the covariance within labels', () => {
    // So that W S Wᵀ = I holds for S, the covariance drawn towards the identity by a fifth.
    let trace = 0;
    for (let at = 0; at < 12; at += 1) trace += scatter.within[at * 13]!;
    const shrunk = scatter.within.map((value) => 0.8 * value);
    for (let at = 0; at < 12; at += 1) shrunk[at * 13]! += (0.2 * trace) / 12;
    const whitened = multiplyRows(multiplyRows(map.whitening, shrunk, 12), map.whitening, 12);
    for (let i = 0; i < 12; i += 1) {
      for (let j = 0; j < 12; j += 1) expect(whitened[i * 12 + j]).toBeCloseTo(i === j ? 1 : 0, 9);
    }
  });

  it('finds one direction less than there are labels, orthonormal, the best first', () => {
    expect(map.weights).toHaveLength(3);
    expect([...map.weights]).toEqual([...map.weights].sort((a, b) => b - a));
    for (const weight of map.weights) {
      expect(weight).toBeGreaterThan(0);
      expect(weight).toBeLessThan(1);
    }
    const products = multiplyRows(map.directions, map.directions, 12);
    for (let at = 0; at < 9; at += 1) expect(products[at]).toBeCloseTo(at % 4 === 0 ? 1 : 0, 9);
  });

  it('weighs directions alike if they are few, and by their correlations if they are as many as numbers', () => {
    const spread = (labels: number) => {
      const of = packed(labelledVectors({ count: 3_000, dimension: 24, kinds: [labels], between: 0.3 }));
      const { weights } = labelMap(classScatter(of), 24);
      return weights.at(-1)! / weights[0]!;
    };
    expect(spread(4)).toBeGreaterThan(0.9);
    expect(spread(60)).toBeLessThan(0.75);
  });

  it('finds the direction along which labels differ', () => {
    // The first number differs a lot, but within labels; the second only between them.
    const rows = [
      ['a', -9, 0.9],
      ['a', 9, 1.1],
      ['b', -9, -0.9],
      ['b', 9, -1.1],
    ] as const;
    const { directions, whitening, weights } = labelMap(classScatter(points(often(rows))), 2);
    const functional = multiplyRows(
      directions,
      Float64Array.of(whitening[0]!, whitening[2]!, whitening[1]!, whitening[3]!),
      2,
    );
    expect(weights).toHaveLength(1);
    expect(Math.abs(functional[0]! / functional[1]!)).toBeLessThan(0.05);
  });

  it('stretches along its directions by their weights, and not across', () => {
    const whitened = stretched(map, 1);
    expect(whitened).toEqual(map.whitening);
    const matrix = stretched(map, 3);
    // Qᵀ·matrix = (1 + 2·w)·Qᵀ·W along each direction.
    for (let direction = 0; direction < 3; direction += 1) {
      const q = map.directions.subarray(direction * 12, (direction + 1) * 12);
      for (let column = 0; column < 12; column += 1) {
        const along = (of: Float64Array) =>
          q.reduce((sum, value, row) => sum + value * of[row * 12 + column]!, 0);
        expect(along(matrix)).toBeCloseTo((1 + 2 * map.weights[direction]!) * along(whitened), 9);
      }
    }
  });

  it('copes with more labels than numbers, and with vectors that do not differ', () => {
    const many = packed(labelledVectors({ count: 900, dimension: 12, kinds: [60] }));
    const { weights, directions } = labelMap(classScatter(many), 12);
    expect(weights).toHaveLength(12);
    expect(directions).toHaveLength(144);
    const same = labelMap(
      classScatter(
        points(
          often([
            ['a', 1, 1],
            ['b', 1, 1],
          ] as const),
        ),
      ),
      2,
    );
    expect([...stretched(same, 2)].every(Number.isFinite)).toBe(true);
  });
});
