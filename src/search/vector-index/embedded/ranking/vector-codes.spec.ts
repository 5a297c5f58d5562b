import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { clusteredVectors, seededRandom } from '../../../../../test/contracts/vectors.ts';
import { cosine } from './cosine.ts';
import { VectorCodes } from './vector-codes.ts';

describe('VectorCodes', () => {
  const dimension = 6;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  function filled(): VectorCodes {
    const codes = VectorCodes.empty(dimension, 1_000);
    for (let row = 0; row < 900; row++)
      codes.copy(row * 3 + 1, Int8Array.of(row & 127, row >> 7, 3, 4, 5, 6));
    return codes;
  }

  it('are the same after being saved and read', async () => {
    const path = join(folder, 'a.codes');
    filled().save(path);
    const bytes = await readFile(path);
    const read = VectorCodes.from(new Uint8Array(bytes).buffer, dimension, 900);
    expect([read.count, read.ids[0], read.ids[899]]).toEqual([900, 1, 2_698]);
    expect([...read.at(300)]).toEqual([300 & 127, 300 >> 7, 3, 4, 5, 6]);
    expect(() => VectorCodes.from(new ArrayBuffer(99), dimension, 900)).toThrow('size');
  });

  it('are found by the ids of their entries', () => {
    const codes = filled();
    expect([1, 4, 2_698].map((id) => codes.rowOf(id))).toEqual([0, 1, 899]);
    expect([0, 2, 2_699, 9_999].map((id) => codes.rowOf(id))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('have nearly the direction of their vectors', () => {
    const codes = VectorCodes.empty(64, 1);
    const [vector] = clusteredVectors(1, 64, 1, seededRandom(4)) as [Float32Array];
    codes.add(1, vector);
    expect(cosine(Float32Array.from(codes.at(0)), vector)).toBeGreaterThan(0.999);
  });
});
