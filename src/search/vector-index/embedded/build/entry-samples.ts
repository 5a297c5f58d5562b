import type { VectorReader } from '../entries/vector-reader.ts';
import { TRAINING_ROWS } from './shortening.ts';

// Only erasable TypeScript: worker threads run this file from source.

const PAGE_IDS = 50_000;

/** The ids of all entries, in ascending order. */
export function allIds(reader: VectorReader, index: number): number[] {
  const ids: number[] = [];
  for (;;) {
    const page = reader.entryIdsAfter(index, ids.at(-1) ?? 0, PAGE_IDS);
    for (const id of page) ids.push(id);
    if (page.length < PAGE_IDS) return ids;
  }
}

/** Vectors from all over the index, one after the other, with their number and their dimension. */
export function sample(
  reader: VectorReader,
  dimension: number,
  ids: readonly number[],
  most = TRAINING_ROWS,
): [Float32Array, number, number] {
  const count = Math.min(most, ids.length);
  const matrix = new Float32Array(count * dimension);
  let rows = 0;
  for (let at = 0; at < count; at++) {
    const vector = reader.vector(ids[Math.floor((at * ids.length) / count)]!);
    if (vector !== undefined) matrix.set(vector, rows++ * dimension);
  }
  return [matrix, rows, dimension];
}

/** As many as `count` of the items, from all over the list. */
export function spread<Item>(items: readonly Item[], count: number): Item[] {
  const most = Math.min(count, items.length);
  return Array.from({ length: most }, (_, at) => items[Math.floor((at * items.length) / most)]!);
}

/** The vectors of up to `count` of the entries, from all over the list. */
export function vectorsAt(reader: VectorReader, ids: readonly number[], count: number): Float32Array[] {
  return spread(ids, count).flatMap((id) => {
    const vector = reader.vector(id);
    return vector === undefined ? [] : [vector.slice()];
  });
}

/** The vectors of entries, one after the other. Zeros for one that has been deleted. */
export function vectorsOf(reader: VectorReader, dimension: number, ids: readonly number[]): Float32Array {
  const matrix = new Float32Array(ids.length * dimension);
  for (const [place, id] of ids.entries()) matrix.set(reader.vector(id) ?? [], place * dimension);
  return matrix;
}
