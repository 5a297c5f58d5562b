/** How long one slice may hold the write lock, in milliseconds. */
const WANTED_MS = 50;
/** The rows of the first slice, before it is known how long they take. */
const FIRST = 20;
/** The fewest rows of a slice. Fewer would not be written faster, since each slice has to reach the disk. */
const LEAST = 10;
/** How much smaller and larger than the slice before it a slice may be. */
const [SMALLEST_STEP, LARGEST_STEP] = [0.25, 1.25];

/**
 * The number of rows that one transaction of a long series writes. It follows the time that the last ones took, which
 * depends on the disk and on how much there is in all: the indexes of a large table are written in many places.
 */
export class SliceSize {
  /** Rows, up to `most`. */
  rows: number;

  constructor(private readonly most: number) {
    this.rows = Math.min(most, FIRST);
  }

  /** Takes note of the milliseconds for which a slice has held the lock. */
  took(ms: number): void {
    const step = Math.min(LARGEST_STEP, Math.max(SMALLEST_STEP, WANTED_MS / ms));
    this.rows = Math.min(this.most, Math.max(LEAST, Math.round(this.rows * step)));
  }
}
