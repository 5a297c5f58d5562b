import { rankRows } from '../usearch-graph.ts';

/** An entry that may be among the nearest. */
export interface Candidate {
  /** Its ordinal in the catalogue. */
  readonly ordinal: number;
  readonly imageId: number;
  /** Cosine similarity, as exact as the vectors or codes that it was computed from. */
  readonly similarity: number;
}

/** The better first: by descending similarity, and by ascending image id among equals. */
export const byRank = (a: Candidate, b: Candidate) => b.similarity - a.similarity || a.imageId - b.imageId;

/** Keeps the best entries; among equals, those with the lowest image ids. */
export class TopCandidates {
  /** A heap: each one ranks behind those at twice its place plus one and plus two. */
  private readonly heap: Candidate[] = [];

  constructor(private readonly limit: number) {}

  /** Whether an entry with this similarity may be kept. */
  admits(similarity: number): boolean {
    return this.heap.length < this.limit || similarity >= this.heap[0]!.similarity;
  }

  add(candidate: Candidate): void {
    if (this.heap.length < this.limit) this.raise(candidate);
    else if (byRank(candidate, this.heap[0]!) < 0) this.replaceWorst(candidate);
  }

  /** The best first. */
  best(): Candidate[] {
    return [...this.heap].sort(byRank);
  }

  private raise(candidate: Candidate): void {
    const { heap } = this;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >>> 1;
      if (byRank(candidate, heap[above]!) <= 0) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = candidate;
  }

  private replaceWorst(candidate: Candidate): void {
    const { heap } = this;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below + 1 < heap.length && byRank(heap[below + 1]!, heap[below]!) > 0) below++;
      if (below >= heap.length || byRank(candidate, heap[below]!) >= 0) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = candidate;
  }
}

const BATCH_ROWS = 256;

/**
 * Compares every row with the query and keeps the best. Among equals, it keeps those with the lowest image ids, so
 * that the answer does not depend on the order of the rows.
 *
 * Rows are collected and compared in batches, using usearch's vector instructions.
 */
export class TopScan<Numbers extends Float32Array | Int8Array> {
  private readonly dimension: number;
  private batch: Numbers | undefined;
  private readonly ordinals: number[] = [];
  private readonly imageIds: number[] = [];
  private readonly top: TopCandidates;

  constructor(
    private readonly query: Numbers,
    limit: number,
    /** The maximum number of rows that will be added. */
    private readonly rows = Infinity,
  ) {
    this.dimension = query.length;
    this.top = new TopCandidates(limit);
  }

  /** Adds a row, which is copied. */
  add(ordinal: number, imageId: number, row: Numbers): void {
    this.batch ??= this.newBatch();
    this.batch.set(row, this.ordinals.length * this.dimension);
    this.ordinals.push(ordinal);
    this.imageIds.push(imageId);
    if (this.ordinals.length === BATCH_ROWS) this.flush();
  }

  /** The best rows, the best first, no more than the limit. */
  best(): Candidate[] {
    this.flush();
    return this.top.best();
  }

  private flush(): void {
    if (this.batch === undefined || this.ordinals.length === 0) return;
    const { rows, similarities } = rankRows(this.batch, this.ordinals.length, this.query, this.dimension);
    for (let rank = 0; rank < rows.length; rank++) {
      const similarity = similarities[rank]!;
      if (!this.top.admits(similarity)) break;
      const row = rows[rank]!;
      this.top.add({ ordinal: this.ordinals[row]!, imageId: this.imageIds[row]!, similarity });
    }
    this.ordinals.length = 0;
    this.imageIds.length = 0;
  }

  private newBatch(): Numbers {
    const length = Math.min(BATCH_ROWS, this.rows) * this.dimension;
    return (this.query instanceof Int8Array ? new Int8Array(length) : new Float32Array(length)) as Numbers;
  }
}
