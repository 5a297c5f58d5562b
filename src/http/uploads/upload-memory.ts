/** One request may take this share of all: several large ones must not keep the small ones out. */
const LARGEST_SHARE = 1 / 4;

/** The memory that requests with uploads share. What finds none of it is kept in temporary files. */
export class UploadMemory {
  private taken = 0;
  private readonly total: number;

  /** `total` in bytes. */
  constructor(total: number) {
    this.total = total;
  }

  /** How many bytes are reserved now. */
  get reserved(): number {
    return this.taken;
  }

  /**
   * Reserves memory for a request. Returns what must be called once the request has been answered or has broken off;
   * calling that more than once is harmless. Undefined if there is too little left, or the request is too large.
   */
  reserve(bytes: number): (() => void) | undefined {
    if (bytes > this.total * LARGEST_SHARE || this.taken + bytes > this.total) return undefined;
    this.taken += bytes;
    let released = false;
    return () => {
      if (!released) this.taken -= bytes;
      released = true;
    };
  }
}
