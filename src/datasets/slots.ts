/** Lets so many tasks run at once. */
export class Slots {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(slots: number) {
    this.free = slots;
  }

  /** Waits for a slot, and returns how to give it back. */
  async take(): Promise<() => void> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    return () => {
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    };
  }

  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    const release = await this.take();
    try {
      return await task();
    } finally {
      release();
    }
  }
}
