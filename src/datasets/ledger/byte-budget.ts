/** Keeps the number of bytes held in memory near a limit, by making newcomers wait. */
export class ByteBudget {
  private held = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly limit: number) {}

  /** Resolves once less than the limit is held. Rejects with the signal's reason. */
  async waitForRoom(signal: AbortSignal): Promise<void> {
    while (this.held >= this.limit) {
      await new Promise<void>((resolve) => {
        const stopWaiting = () => {
          this.waiting.delete(stopWaiting);
          signal.removeEventListener('abort', stopWaiting);
          resolve();
        };
        this.waiting.add(stopWaiting);
        signal.addEventListener('abort', stopWaiting, { once: true });
      });
      signal.throwIfAborted();
    }
  }

  /** Counts this many bytes as held until `work` has settled. */
  async hold<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
    this.held += bytes;
    try {
      return await work();
    } finally {
      this.held -= bytes;
      for (const stopWaiting of this.waiting) stopWaiting();
    }
  }
}
