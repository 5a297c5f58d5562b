import { rankRows } from './embedded.usearch.ts';

/** An entry that may be among the nearest. */
export interface Candidate {
  /** In the catalogue. */
  readonly ordinal: number;
  readonly imageId: number;
  /** Cosine similarity, as exact as its source. */
  readonly similarity: number;
}

export const byRank = (a: Candidate, b: Candidate) => b.similarity - a.similarity || a.imageId - b.imageId;

const BATCH_ROWS = 256;

/**
 * Compares rows with the query, all of them, and keeps the best. Of equals those with the lowest
 * image ids are kept, so that the answer does not depend on the order of the rows.
 *
 * Rows are gathered and compared by the batch, with usearch's vector instructions.
 */
export class TopScan<Numbers extends Float32Array | Int8Array> {
  private readonly dimension: number;
  private batch: Numbers | undefined;
  private readonly ordinals: number[] = [];
  private readonly imageIds: number[] = [];
  private kept: Candidate[] = [];
  private worst = -Infinity;

  constructor(
    private readonly query: Numbers,
    private readonly limit: number,
    /** Rows that will come, at most. */
    private readonly rows = Infinity,
  ) {
    this.dimension = query.length;
  }

  /** Copies the row. */
  add(ordinal: number, imageId: number, row: Numbers): void {
    this.batch ??= this.newBatch();
    this.batch.set(row, this.ordinals.length * this.dimension);
    this.ordinals.push(ordinal);
    this.imageIds.push(imageId);
    if (this.ordinals.length === BATCH_ROWS) this.flush();
  }

  /** The best in their order, at most as many as the limit. */
  best(): Candidate[] {
    this.flush();
    this.cut();
    return this.kept;
  }

  private flush(): void {
    if (this.batch === undefined || this.ordinals.length === 0) return;
    const { rows, similarities } = rankRows(this.batch, this.ordinals.length, this.query, this.dimension);
    for (let rank = 0; rank < rows.length; rank++) {
      const similarity = similarities[rank]!;
      if (similarity < this.worst) break;
      const row = rows[rank]!;
      this.kept.push({ ordinal: this.ordinals[row]!, imageId: this.imageIds[row]!, similarity });
    }
    this.ordinals.length = 0;
    this.imageIds.length = 0;
    if (this.kept.length >= 4 * this.limit) this.cut();
  }

  private newBatch(): Numbers {
    const length = Math.min(BATCH_ROWS, this.rows) * this.dimension;
    return (this.query instanceof Int8Array ? new Int8Array(length) : new Float32Array(length)) as Numbers;
  }

  private cut(): void {
    this.kept = this.kept.sort(byRank).slice(0, this.limit);
    if (this.kept.length === this.limit) this.worst = this.kept.at(-1)?.similarity ?? -Infinity;
  }
}
