import type { Graph } from '../usearch-graph.ts';
import type { WalkGraph } from '../walk/walk-graph.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** How often lost entries are added again. Adding them takes links from others. */
const ROUNDS = 3;
/**
 * Entries to which more links lead are found, unless they are neighbours of lost ones. Among 250,000 vectors that two
 * threads had added, 6 links led to the lost entry with the most, and among 100,000 others 12; among 700 that eight threads
 * had added, 19 did.
 */
const FEW_LINKS = 20;
/** With how many candidates each of the others is searched for before as many are taken as by a search: few need more. */
const FEW_CANDIDATES = [16, 64, 256];
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
 * Then the first thread clears the links of that node to write its own. Such entries are added again by one thread. What it
 * cannot link either is named.
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
  const strays = new Set<number>();
  const addedAgain = new Set<number>();
  let last: Looked | undefined;
  for (let round = 0; ; round++) {
    onStep();
    const walk = await written();
    onStep();
    const links = walk.arrivingLinks();
    const lost = lostAmong(suspectsOf(walk, links, last), walk, vectorsOf, candidates, onStep);
    const again: number[] = [];
    for (const id of lost.map((row) => walk.keys[row]!)) {
      if (round === ROUNDS || addedAgain.has(id)) strays.add(id);
      else again.push(id);
    }
    if (again.length === 0) return { walk, strays: [...strays] };
    // Those that the lost ones lead to may be reached by no others.
    const doubtful = lost.flatMap((row) => [row, ...walk.neighboursOf(row)]).map((row) => walk.keys[row]!);
    last = { keys: walk.keys, links, doubtful: new Set(doubtful) };
    graph.remove(BigUint64Array.from(again, BigInt));
    for (let from = 0; from < again.length; from += CHUNK_ROWS) {
      onStep();
      const chunk = again.slice(from, from + CHUNK_ROWS);
      graph.add(BigUint64Array.from(chunk, BigInt), vectorsOf(chunk), 1);
      for (const id of chunk) addedAgain.add(id);
    }
  }
}

/** What is remembered of a graph when lost entries have been looked for. */
interface Looked extends Pick<WalkGraph, 'keys'> {
  /** How many led to each row. */
  readonly links: Uint8Array;
  /** Ids of entries that must be looked for again. */
  readonly doubtful: ReadonlySet<number>;
}

/** The rows that walks may not find, since few links lead to them: fewer than before, if lost entries were looked for before. */
function suspectsOf(walk: WalkGraph, links: Uint8Array, last: Looked | undefined): number[] {
  const arriving = last === undefined ? walk.certainLinks() : links;
  const suspects: number[] = [];
  for (const [row, count] of arriving.entries()) {
    if (count > FEW_LINKS || !isPresent(walk, row)) continue;
    const id = walk.keys[row]!;
    const isAsBefore = last?.keys[row] === id && count >= last.links[row]! && !last.doubtful.has(id);
    if (!isAsBefore) suspects.push(row);
  }
  return suspects;
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
  const steps = [...FEW_CANDIDATES.filter((few) => few < most), most];
  return steps.every((candidates) => {
    const count = walk.walk(candidates);
    if (walk.similarityOf(count - 1) >= own - EQUAL) return false;
    for (let hit = 0; hit < count; hit++) if (walk.rowOf(hit) === row) return false;
    return true;
  });
}
