import { cosine } from '../ranking/cosine.ts';
import { encode, type VectorCodes } from '../ranking/vector-codes.ts';
import type { Shortening } from './shortening.ts';
import { rankRows } from '../usearch-graph.ts';
import type { WalkGraph } from '../walk/walk-graph.ts';

// Only erasable TypeScript: worker threads run this file from source.

/**
 * The numbers of candidates to try, each a sixteenth larger than the one before. Queries that lie outside the vectors
 * are harder than those that are tried here, and need at least 128.
 */
const LEVELS = { from: 128, fromOfEntries: 48, to: 4_096, factor: 17 / 16 };
/** How many nearest neighbours to look for. */
const NEIGHBOURS = 10;
/**
 * The recall to reach in a graph of shortened vectors and in one of whole vectors, with queries halfway between
 * two vectors, which are the hardest. With the benchmark's 100,000 vectors, recall is then 0.99 for photographs
 * unlike them and 0.999 for queries like them.
 */
const WANTED_RECALL = { shortened: 0.97, whole: 0.94 };
/** The recall to reach with queries like the vectors. */
const WANTED_OF_NEW = 0.993;
/** The recall to reach for the neighbours of entries, each of which counts among its own. */
const WANTED_OF_ENTRIES = 0.997;
/** With less than this, the graph is not used at all. */
const NEEDED_RECALL = 0.9;
const CHUNK_ROWS = 1_024;

/** How many candidates a search must take from a graph. */
export interface Effort {
  /** Null if even many are not enough, so that comparing all codes is better. */
  readonly candidates: number | null;
  /** If the query is the vector of an entry, from which a walk finds its neighbours more easily. */
  readonly candidatesOfEntries: number | null;
}

/** What a graph is tried with. */
export interface Trials {
  /** Vectors of entries that the graph contains. */
  readonly entries: readonly Float32Array[];
  /** Vectors of the same kind that it does not contain; may be none. */
  readonly strangers: readonly Float32Array[];
}

/** The ids of the nearest neighbours of each query. */
export type Truth = (queries: readonly Float32Array[]) => number[][];

/**
 * Finds out how many candidates must be taken from the graph to find almost always the ten nearest, by trying it
 * with the vectors themselves. How hard a graph is to search depends more on the data than on its settings.
 */
export function effortNeeded(
  graph: WalkGraph,
  shortening: Shortening,
  truthOf: Truth,
  { entries, strangers }: Trials,
  /** Called often; may throw to stop. */
  onStep: () => void = () => undefined,
): Effort {
  const trialOf = (queries: readonly Float32Array[]): Trial => {
    const truth = truthOf(queries);
    const short = queries.map((query) => shortening.apply(query));
    return (level) => {
      let found = 0;
      let wanted = 0;
      for (const [at, ids] of truth.entries()) {
        onStep();
        graph.ask(short[at]!);
        const candidates = keysOf(graph, graph.walk(level));
        found += ids.filter((id) => candidates.has(id)).length;
        wanted += ids.length;
      }
      return found / wanted;
    };
  };
  const between = entries.map((entry, at) => halfway(entry, entries[(at + 1) % entries.length]!));
  const goal = shortening.axes === undefined ? WANTED_RECALL.whole : WANTED_RECALL.shortened;
  const most = Math.min(LEVELS.to, graph.present / 2);
  const least = levelFor(trialOf(between), goal, LEVELS.from, most);
  if (least === null) return { candidates: null, candidatesOfEntries: null };
  const candidates =
    strangers.length === 0 ? least : (levelFor(trialOf(strangers), WANTED_OF_NEW, least, most) ?? least);
  const ofEntries = levelFor(trialOf(entries), WANTED_OF_ENTRIES, LEVELS.fromOfEntries, candidates);
  return { candidates, candidatesOfEntries: ofEntries ?? candidates };
}

/** The recall with so many candidates, 0 to 1. */
type Trial = (candidates: number) => number;

/** The first level with which the recall reaches the goal, or else the last one if that is good enough. */
function levelFor(recallWith: Trial, goal: number, from: number, most: number): number | null {
  const levels: number[] = [];
  for (let level = from; Math.round(level) <= most; level *= LEVELS.factor) levels.push(Math.round(level));
  let low = 0;
  let high = levels.length;
  // Most graphs need few candidates, with which a trial takes the least time. So strides begin at the first level.
  for (let at = 0, stride = 1; at < high; at += stride, stride *= 2) {
    if (recallWith(levels[at]!) >= goal) high = at;
    else low = at + 1;
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (recallWith(levels[middle]!) >= goal) high = middle;
    else low = middle + 1;
  }
  const last = levels.at(-1);
  return levels[low] ?? (last !== undefined && recallWith(last) >= NEEDED_RECALL ? last : null);
}

/** The standard deviation of the difference between the similarity of two codes and that of their vectors. */
export function deviationOfCodes(samples: readonly Float32Array[]): number {
  const codes = samples.map((sample) => {
    const code = new Int8Array(sample.length);
    encode(sample, code);
    return Float32Array.from(code);
  });
  let squares = 0;
  for (const [at, sample] of samples.entries()) {
    const next = (at + 1) % samples.length;
    squares += (cosine(sample, samples[next]!) - cosine(codes[at]!, codes[next]!)) ** 2;
  }
  return Math.sqrt(squares / samples.length);
}

function halfway(vector: Float32Array, other: Float32Array): Float32Array {
  return vector.map((value, at) => (value + other[at]!) / 2);
}

/** By the codes of the graph itself, which contains the whole vectors. */
export function truthByGraph(graph: WalkGraph, onStep: () => void): Truth {
  const marks = graph.presentMarks();
  return (queries) =>
    queries.map((query) => {
      onStep();
      graph.ask(query);
      return [...keysOf(graph, graph.scan(marks, 0, marks.length, NEIGHBOURS))];
    });
}

/** The keys of the hits of the last search. */
function keysOf(graph: WalkGraph, count: number): Set<number> {
  const keys = new Set<number>();
  for (let hit = 0; hit < count; hit++) keys.add(graph.keys[graph.rowOf(hit)]!);
  return keys;
}

/**
 * The standard deviation of the difference between the similarity by the codes of the graph and that of the vectors,
 * among the nearest of the samples.
 */
export function deviationOfGraph(
  graph: WalkGraph,
  samples: readonly Float32Array[],
  vectorOf: (id: number) => Float32Array | undefined,
): number {
  let squares = 0;
  let compared = 0;
  for (const sample of samples) {
    graph.ask(sample);
    const count = graph.walk(NEIGHBOURS);
    for (let hit = 0; hit < count; hit++) {
      const vector = vectorOf(graph.keys[graph.rowOf(hit)]!);
      if (vector === undefined) continue;
      squares += (graph.similarityOf(hit) - cosine(sample, vector)) ** 2;
      compared++;
    }
  }
  return Math.sqrt(squares / Math.max(1, compared));
}

/** By the codes of whole vectors, if the graph contains shortened ones. */
export function truthByCodes(codes: VectorCodes, threads: number, onStep: () => void): Truth {
  return (queries) => nearest(codes, queries, threads, onStep);
}

function nearest(
  codes: VectorCodes,
  queries: readonly Float32Array[],
  threads: number,
  onStep: () => void,
): number[][] {
  const { dimension, count } = codes;
  const encoded = new Int8Array(queries.length * dimension);
  for (const [at, query] of queries.entries())
    encode(query, encoded.subarray(at * dimension, (at + 1) * dimension));
  const best: { id: number; similarity: number }[][] = queries.map(() => []);
  const chunk = new Int8Array(CHUNK_ROWS * dimension);
  for (let from = 0; from < count; from += CHUNK_ROWS) {
    onStep();
    const rows = Math.min(CHUNK_ROWS, count - from);
    chunk.set(codes.between(from, from + rows));
    const k = Math.min(NEIGHBOURS, rows);
    const ranking = rankRows(chunk, rows, encoded, dimension, k, threads);
    for (const [query, list] of best.entries()) {
      for (let rank = query * k; rank < (query + 1) * k; rank++) {
        list.push({ id: codes.ids[from + ranking.rows[rank]!]!, similarity: ranking.similarities[rank]! });
      }
      if (list.length > 20 * NEIGHBOURS) keepNearest(list);
    }
  }
  return best.map((list) => keepNearest(list).map(({ id }) => id));
}

function keepNearest<Item extends { similarity: number }>(list: Item[]): Item[] {
  list.sort((a, b) => b.similarity - a.similarity);
  list.length = Math.min(list.length, NEIGHBOURS);
  return list;
}
