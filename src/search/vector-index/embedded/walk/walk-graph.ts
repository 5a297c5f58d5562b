import type { FileFacts } from '../build/build-files.ts';
import { GatheredRows } from './gathered-rows.ts';
import { readGraph, type ReadGraph } from './graph-file.ts';
import { MOST_HITS, strideOf, type WalkMemory } from './walk-memory.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** The largest of the query's integers, and the largest sum of products. */
const MOST = { integer: 2 ** 15 - 1, sum: 2 ** 31 - 1 };
/** With how many marked rows a walk among these begins. */
const SEEDS = 48;
/** How many words of marks are scanned before other work may get a turn. */
export const SCAN_WORDS = 4_096;

/**
 * A graph that is walked in WebAssembly. Each row is the vector of an entry, which the graph has in 8 bits per number. The
 * hits of a search stay in the graph's memory until the next search.
 */
export class WalkGraph {
  readonly rows: number;
  /** The key of each row, an entry's id. Of rows that were removed, greater than any id. */
  readonly keys: Float64Array;
  /** The number of rows that were not removed. */
  readonly present: number;
  /** Of the file that the graph was read from. */
  readonly facts: FileFacts;
  private readonly memory: WalkMemory;
  private readonly gathered: GatheredRows;
  private readonly scales: Float32Array;
  private readonly query: Int16Array;
  private readonly marks: Uint32Array;
  private readonly visited: Uint32Array;
  /** Two numbers per hit: the complement of the row, and the similarity. */
  private readonly hits: Int32Array;
  /** What a similarity must be multiplied by to become a cosine. */
  private unit = 0;
  /** The largest of the query's integers for which no sum of products overflows. */
  private readonly range: number;
  /** The marks that were copied last. */
  private marked: Uint32Array | undefined;

  private constructor({ memory, rows, keys, present, facts }: ReadGraph, scales: Float32Array) {
    this.facts = facts;
    this.memory = memory;
    this.gathered = new GatheredRows(memory, scales.length);
    this.rows = rows;
    this.keys = keys;
    this.present = present;
    this.scales = scales;
    this.range = Math.min(MOST.integer, Math.floor(MOST.sum / (127 * scales.length)) - 1);
    const { areas } = memory;
    this.query = memory.view(Int16Array, areas.query, scales.length);
    this.marks = memory.view(Uint32Array, areas.marks, Math.ceil(rows / 32));
    this.visited = memory.view(Uint32Array, areas.visited, Math.ceil(rows / 32));
    this.hits = memory.view(Int32Array, areas.hits, 2 * Math.min(rows, MOST_HITS));
  }

  /** Reads a file as `readGraph` does. */
  static async read(
    path: string,
    facts: FileFacts | undefined,
    dimension: number,
    scales: Float32Array,
  ): Promise<WalkGraph> {
    return new WalkGraph(await readGraph(path, facts, dimension, scales), scales);
  }

  /** Prepares to search with a vector. */
  ask(vector: Float32Array): void {
    const { query, scales } = this;
    let largest = 0;
    let square = 0;
    for (let axis = 0; axis < scales.length; axis++) {
      const value = vector[axis]!;
      square += value * value;
      largest = Math.max(largest, Math.abs(value * scales[axis]!));
    }
    const by = largest === 0 ? 0 : this.range / largest;
    for (let axis = 0; axis < scales.length; axis++)
      query[axis] = Math.round(vector[axis]! * scales[axis]! * by);
    this.unit = by === 0 ? 0 : 1 / (by * Math.sqrt(square));
  }

  /** Walks for the nearest rows. Returns the number of hits. */
  walk(most: number): number {
    return this.memory.functions.walk(this.bounded(most), false);
  }

  /** Walks for the nearest marked rows through all rows: for marks of many rows. Returns the number of hits. */
  walkThrough(marks: Uint32Array, most: number): number {
    this.mark(marks);
    return this.memory.functions.walk(this.bounded(most), true);
  }

  /** Walks for the nearest marked rows from one to the next: for marks of fewer rows. Returns the number of hits. */
  walkAmong(marks: Uint32Array, most: number): number {
    this.mark(marks);
    return this.memory.functions.walkMarked(this.bounded(most), SEEDS);
  }

  /** The share of the links on the last walk among marked rows that led to marked rows. */
  get shareAmong(): number {
    return this.memory.functions.shareMarked();
  }

  /** Compares all marked rows of some of the words. Returns the number of hits. */
  scan(marks: Uint32Array, fromWord: number, toWord: number, most: number): number {
    this.mark(marks);
    return this.memory.functions.scan(fromWord, Math.min(toWord, marks.length), this.bounded(most));
  }

  /**
   * Copies the codes of `count` marked rows together, so that `scanGathered` need not look for them all over the graph. Returns
   * whether there is room for so many. Other rows may be given up for them.
   */
  gather(marks: Uint32Array, count: number): boolean {
    if (!this.gathered.hasRoomFor(count)) return false;
    if (!this.gathered.has(marks)) {
      this.mark(marks);
      this.gathered.add(marks, count);
    }
    return true;
  }

  /** Compares all marked rows, which must be gathered. Returns the number of hits. */
  scanGathered(marks: Uint32Array, most: number): number {
    return this.gathered.scan(marks, this.bounded(most));
  }

  /** The row of a hit of the last search. Hit 0 is the nearest. */
  rowOf(hit: number): number {
    return ~this.hits[2 * hit]! >>> 0;
  }

  /** The cosine similarity of a hit of the last search, from vectors in 8 bits. */
  similarityOf(hit: number): number {
    return this.hits[2 * hit + 1]! * this.unit;
  }

  /** One bit for each row that was not removed. */
  presentMarks(): Uint32Array {
    const marks = new Uint32Array(this.marks.length);
    for (let row = 0; row < this.rows; row++) {
      if (Number.isSafeInteger(this.keys[row])) marks[row >>> 5]! |= 1 << (row & 31);
    }
    return marks;
  }

  /** How many links of level 0 lead to each row, up to 255. */
  arrivingLinks(): Uint8Array {
    return this.memory.arrivingLinks();
  }

  /** The same from rows that are linked with the entry, step by step and in both directions; 0 for all other rows. */
  certainLinks(): Uint8Array {
    this.marked = undefined;
    this.memory.functions.reach();
    return this.memory.arrivingLinks(this.visited);
  }

  /** The rows that links of a row lead to at level 0. */
  neighboursOf(row: number): number[] {
    return this.memory.linksOf(row);
  }

  /** The cosine similarity of the query and a row, from vectors in 8 bits. */
  similarityTo(row: number): number {
    const { query, memory } = this;
    const at = memory.areas.codes + row * strideOf(query.length);
    const code = memory.view(Int8Array, at, query.length);
    return this.unit * code.reduce((sum, value, axis) => sum + value * query[axis]!, 0);
  }

  /** To be called after marks that were searched with have changed. */
  forgetMarks(): void {
    this.marked = undefined;
  }

  private mark(marks: Uint32Array): void {
    if (this.marked === marks) return;
    this.marks.set(marks);
    this.marked = marks;
  }

  private bounded(most: number): number {
    return Math.max(1, Math.min(most, this.rows, MOST_HITS));
  }
}
