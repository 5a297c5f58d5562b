// Only erasable TypeScript: worker threads run this file from source.

const WANTED = 0;
const ENDS_ANYWHERE = 1;

/**
 * Stops a thread that uses usearch from outside, through shared memory. Terminating a thread that is inside usearch would
 * crash the whole process. So the thread checks regularly whether it should stop, and may be terminated only
 * during long work that is nothing but JavaScript.
 */
export class ThreadStop {
  readonly cells: Int32Array<SharedArrayBuffer>;

  constructor(cells = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))) {
    this.cells = cells;
  }

  /** Asks the thread to stop. Returns whether it may be terminated now; otherwise it will stop by itself. */
  request(): boolean {
    Atomics.store(this.cells, WANTED, 1);
    return Atomics.load(this.cells, ENDS_ANYWHERE) === 1;
  }

  /** For the thread, between calls of usearch. Throws if it was asked to stop. */
  check(): void {
    if (Atomics.load(this.cells, WANTED) === 1) throw new Error('The thread was stopped');
  }

  /** For the thread. During `work` it may be terminated, so this must not call usearch. */
  interruptible<Result>(work: () => Result): Result {
    Atomics.store(this.cells, ENDS_ANYWHERE, 1);
    const result = work();
    Atomics.store(this.cells, ENDS_ANYWHERE, 0);
    // Whoever saw the cell before it was reset has asked already, and no call of usearch may begin.
    this.check();
    return result;
  }
}
