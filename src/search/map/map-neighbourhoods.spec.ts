import { describe, expect, it } from '@jest/globals';
import { IdSample } from '../../common/index.ts';
import type { MapPoints } from './dataset-map.ts';
import { labelPoints, NO_LABEL, pointsFile } from './points-file.ts';

/** A map on which the images of each group are each other's neighbours. Ids begin at 1. */
function mapOf(groups: readonly (readonly number[])[], k: number): MapPoints {
  const ids = groups.flat().sort((a, b) => a - b);
  const neighbours = ids.flatMap((id) => {
    const others = groups.find((group) => group.includes(id))!.filter((other) => other !== id);
    return Array.from({ length: k }, (_, at) => (at < others.length ? ids.indexOf(others[at]!) : -1));
  });
  return {
    ids: Uint32Array.from(ids),
    places: Float32Array.from(ids.flatMap((id) => [id, -id])),
    k,
    neighbours: Int32Array.from(neighbours),
    similarities: new Float32Array(neighbours.length).fill(0.5),
  };
}

describe('the points of a map', () => {
  it('are as they are documented, without images that are gone', () => {
    const map = mapOf([[1, 2, 3, 4]], 3);
    const known = new Map([
      [1, ['a', 'b']],
      [2, ['b']],
      [4, []],
    ]);
    const labelled = labelPoints(map.ids, known, (key) => key.toUpperCase());
    expect(labelled.labels).toEqual([{ key: 'b', name: 'B', imageCount: 2 }]);
    const file = pointsFile(map, labelled, (id) => known.has(id));
    const bytes = Uint8Array.from(file).buffer;
    expect(new Uint32Array(bytes, 0, 1)[0]).toBe(3);
    expect([...new Uint32Array(bytes, 4, 3)]).toEqual([1, 2, 4]);
    expect([...new Float32Array(bytes, 16, 3)]).toEqual([1, 2, 4]);
    expect([...new Float32Array(bytes, 28, 3)]).toEqual([-1, -2, -4]);
    expect([...new Uint16Array(bytes, 40, 3)]).toEqual([0, 0, NO_LABEL]);
    expect(JSON.parse(file.subarray(46).toString())).toEqual(labelled.labels);
  });
});

describe('a sample', () => {
  const drawn = (ids: readonly number[], most: number) => {
    const sample = new IdSample(most);
    for (const id of ids) sample.add(id);
    return sample.ids();
  };
  const ids = Array.from({ length: 10_000 }, (_id, at) => at + 1);

  it('is everything if that is not too much', () => {
    expect(drawn(ids, 10_000)).toEqual(ids);
    expect(drawn([], 10)).toEqual([]);
  });

  it('is spread over all ids, in order, and nearly the same after a few more', () => {
    const some = drawn(ids, 1_000);
    expect(some).toHaveLength(1_000);
    expect(some).toEqual(some.toSorted((a, b) => a - b));
    const early = some.filter((id) => id <= 5_000).length;
    expect(early).toBeGreaterThan(400);
    expect(early).toBeLessThan(600);
    const later = new Set(drawn([...ids, 10_001, 10_002], 1_000));
    expect(some.filter((id) => !later.has(id)).length).toBeLessThanOrEqual(2);
  });
});
