// Type-only TypeScript: worker threads load this file as it is.

const WANTED = 0;
const ENDS_ANYWHERE = 1;

/**
 * Stops a build thread from outside, through memory that both see. A thread that is terminated while it
 * is inside usearch takes the whole process with it: so it looks now and then whether it shall stop, and
 * may be terminated only during long work that is JavaScript alone.
 */
export class BuildStop {
  readonly cells: Int32Array<SharedArrayBuffer>;

  constructor(cells = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))) {
    this.cells = cells;
  }

  /** Whether the thread may be terminated now; it stops by itself otherwise. */
  request(): boolean {
    Atomics.store(this.cells, WANTED, 1);
    return Atomics.load(this.cells, ENDS_ANYWHERE) === 1;
  }

  /** In the thread, between calls of usearch. */
  check(): void {
    if (Atomics.load(this.cells, WANTED) === 1) throw new Error('The build was stopped');
  }

  /** In the thread: work without any call of usearch. */
  interruptible<Result>(work: () => Result): Result {
    Atomics.store(this.cells, ENDS_ANYWHERE, 1);
    const result = work();
    Atomics.store(this.cells, ENDS_ANYWHERE, 0);
    // Whoever saw the cell before this has asked already, and no other call may be begun.
    this.check();
    return result;
  }
}
