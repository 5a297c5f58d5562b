/** Keeps the bytes that are held in memory near a limit, by making newcomers wait. */
export class ByteBudget {
  private held = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly limit: number) {}

  /** Waits until less than the limit is held. Rejects with the signal's reason. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.held >= this.limit) {
      await new Promise<void>((resolve) => {
        const go = () => {
          this.waiting.delete(go);
          signal.removeEventListener('abort', go);
          resolve();
        };
        this.waiting.add(go);
        signal.addEventListener('abort', go, { once: true });
      });
      signal.throwIfAborted();
    }
  }

  /** Counts so many bytes as held while `work` goes on. */
  async hold<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
    this.held += bytes;
    try {
      return await work();
    } finally {
      this.held -= bytes;
      for (const go of this.waiting) go();
    }
  }
}
