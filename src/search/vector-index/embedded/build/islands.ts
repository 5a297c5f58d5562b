import type { Graph } from '../usearch-graph.ts';
import type { WalkGraph } from '../walk/walk-graph.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** How often entries that cannot be reached are added again before they are left as they are. */
const ROUNDS = 3;
/**
 * Entries to which more links lead are found, unless they are neighbours of lost ones. Among 100,000 vectors that two
 * threads had added, 12 links led to the lost entry with the most; with eight threads, 25 do to one in an island of several.
 */
const FEW_LINKS = 20;
/** Entries to which no more links lead are looked for again after others have been added again. */
const FEWEST_LINKS = 5;
/** With how many candidates each of the others is searched for at first, since hardly any entry needs more. */
const FEW_CANDIDATES = 16;
/** If even the last candidate is as near as this, there are more equal vectors than candidates. */
const EQUAL = 1e-4;
const CHUNK_ROWS = 512;

/** A graph of which walks find all entries. */
export interface Mended {
  readonly walk: WalkGraph;
  /** The ids of entries that still are not found. Searches must compare them directly. */
  readonly strays: number[];
}

/**
 * Makes sure that a walk for the vector of an entry finds the entry.
 *
 * If several threads add at the same time, usearch loses links: a new node is linked level by level from the top, so
 * another thread can enter the lowest level at a node that has no links there yet, and link its own only to that one.
 * Then the first thread clears the links of that node to write its own. Such entries are added again by one thread.
 */
export async function mendIslands(
  graph: Pick<Graph, 'add' | 'remove'>,
  /** Writes the graph to its file and reads it as it is to be walked. */
  written: () => Promise<WalkGraph>,
  /** The vectors of entries, as they were added, one after the other. */
  vectorsOf: (ids: readonly number[]) => Float32Array,
  /** How many candidates a search takes. An entry that it finds with these is not lost. */
  candidates: number,
  /** Called often; may throw to stop. */
  onStep: () => void = () => undefined,
): Promise<Mended> {
  let doubtful: ReadonlySet<number> | undefined;
  for (let round = 0; ; round++) {
    onStep();
    const walk = await written();
    onStep();
    const again = doubtful;
    const suspects =
      again === undefined
        ? walk.hardToReach(FEW_LINKS)
        : // Adding entries again takes links from others.
          [
            ...walk.hardToReach(FEWEST_LINKS),
            ...walk.hardToReach(FEW_LINKS).filter((row) => again.has(walk.keys[row]!)),
          ];
    const lost = lostAmong(suspects, walk, vectorsOf, candidates, onStep);
    const strays = lost.map((row) => walk.keys[row]!);
    if (strays.length === 0 || round === ROUNDS) return { walk, strays };
    // Those that the lost ones lead to may be reached by no others.
    doubtful = new Set(lost.flatMap((row) => [row, ...walk.neighboursOf(row)]).map((row) => walk.keys[row]!));
    graph.remove(BigUint64Array.from(strays, BigInt));
    for (let from = 0; from < strays.length; from += CHUNK_ROWS) {
      onStep();
      const chunk = strays.slice(from, from + CHUNK_ROWS);
      graph.add(BigUint64Array.from(chunk, BigInt), vectorsOf(chunk), 1);
    }
  }
}

/** The rows that walks do not find, among the suspects and among the neighbours of those that are lost. */
function lostAmong(
  suspects: number[],
  walk: WalkGraph,
  vectorsOf: (ids: readonly number[]) => Float32Array,
  candidates: number,
  onStep: () => void,
): number[] {
  const seen = new Set(suspects);
  const lost: number[] = [];
  for (let chunk = [...seen]; chunk.length > 0;) {
    const found: number[] = [];
    for (let from = 0; from < chunk.length; from += CHUNK_ROWS) {
      const rows = chunk.slice(from, from + CHUNK_ROWS);
      const vectors = vectorsOf(rows.map((row) => walk.keys[row]!));
      const dimension = vectors.length / rows.length;
      for (const [place, row] of rows.entries()) {
        onStep();
        const vector = vectors.subarray(place * dimension, (place + 1) * dimension);
        if (!isLost(walk, row, vector, candidates)) continue;
        lost.push(row);
        for (const neighbour of walk.neighboursOf(row)) {
          if (seen.has(neighbour) || !isPresent(walk, neighbour)) continue;
          seen.add(neighbour);
          found.push(neighbour);
        }
      }
    }
    chunk = found;
  }
  return lost;
}

/** Whether the entry of a row has not been removed. */
function isPresent({ keys }: WalkGraph, row: number): boolean {
  return Number.isSafeInteger(keys[row]);
}

/** Whether walks for the vector of a row do not find the row. */
function isLost(walk: WalkGraph, row: number, vector: Float32Array, most: number): boolean {
  walk.ask(vector);
  const own = walk.similarityTo(row);
  return [FEW_CANDIDATES, most].every((candidates) => {
    const count = walk.walk(candidates);
    if (walk.similarityOf(count - 1) >= own - EQUAL) return false;
    for (let hit = 0; hit < count; hit++) if (walk.rowOf(hit) === row) return false;
    return true;
  });
}
