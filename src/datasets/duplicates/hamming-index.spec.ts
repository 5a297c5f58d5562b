import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../common/index.ts';
import { HammingIndex } from './hamming-index.ts';
import { groupAroundLeaders } from './near-duplicates.ts';
import { hammingDistance, type PerceptualHash } from './perceptual-hash.ts';

/** Integers of 32 bits, the same for the same seed. */
function randomWords(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.floor(random() * 2 ** 32) | 0;
}

/** Hashes of which many are near others: copies of some originals with 0 to 20 bits changed. */
function hashesOf(count: number, seed: number): PerceptualHash[] {
  const word = randomWords(seed);
  const below = (bound: number) => (word() >>> 0) % bound;
  const originals = Array.from({ length: Math.ceil(count / 10) }, () => ({ high: word(), low: word() }));
  return Array.from({ length: count }, () => {
    let { high, low } = originals[below(originals.length)] ?? { high: 0, low: 0 };
    for (let changes = below(21); changes > 0; changes -= 1) {
      const bit = below(64);
      if (bit < 32) low ^= 1 << bit;
      else high ^= 1 << (bit - 32);
    }
    return { high, low };
  });
}

function nearestByComparing(hashes: readonly PerceptualHash[], query: PerceptualHash, maxDistance: number) {
  let [nearest, least] = [-1, maxDistance + 1];
  hashes.forEach((hash, at) => {
    const distance = hammingDistance(hash, query);
    if (distance < least) [nearest, least] = [at, distance];
  });
  return { nearest, distance: least };
}

const distances = Array.from({ length: 17 }, (_distance, bits) => bits);

describe('HammingIndex', () => {
  it.each(distances)('finds the very nearest within %i bits, however the hashes are cut', (maxDistance) => {
    const hashes = hashesOf(400, 1 + maxDistance);
    const queries = [...hashes.slice(0, 60), ...hashesOf(60, 1 + maxDistance)];
    const expected = queries.map((query) => nearestByComparing(hashes, query, maxDistance));
    for (const count of [undefined, 0, ...(maxDistance > 9 ? [] : [3]), 4, 5, 7, 8, 16]) {
      const index = new HammingIndex(maxDistance, hashes.length, count);
      for (const { high, low } of hashes) index.add(high, low);
      const found = queries.map(({ high, low }) => {
        const nearest = index.nearest(high, low);
        return { nearest, distance: index.distance };
      });
      expect(found).toEqual(expected);
    }
  });

  it('finds nothing if there is nothing', () => {
    expect(new HammingIndex(8, 0).nearest(1, 2)).toBe(-1);
  });
});

describe('groupAroundLeaders', () => {
  it.each([0, 3, 8, 16])('gives the groups that comparing all gives, within %i bits', (maxDistance) => {
    const hashes = hashesOf(600, 99);
    const leaders: number[] = [];
    const expected = hashes.map((hash, at) => {
      const { nearest, distance } = nearestByComparing(
        leaders.map((leader) => hashes[leader] ?? hash),
        hash,
        maxDistance,
      );
      if (nearest >= 0) return [leaders[nearest], distance];
      leaders.push(at);
      return [at, 0];
    });
    const columns = {
      high: Int32Array.from(hashes, ({ high }) => high),
      low: Int32Array.from(hashes, ({ low }) => low),
    };
    const { leader, distance } = groupAroundLeaders(columns, maxDistance);
    expect(hashes.map((_hash, at) => [leader[at], distance[at]])).toEqual(expected);
    expect(leaders.length).toBeLessThan(hashes.length);
  });

  it('does not chain: what is near to a member but not to the leader is not in the group', () => {
    const columns = { high: Int32Array.of(0, 0, 0), low: Int32Array.of(0, 0b11, 0b1111) };
    expect([...groupAroundLeaders(columns, 2).leader]).toEqual([0, 0, 2]);
  });
});
