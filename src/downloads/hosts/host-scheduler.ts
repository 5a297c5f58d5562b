import type { Clock } from '../clock.ts';

interface Waiter {
  readonly enter: () => void;
}

interface HostQueue {
  running: number;
  readonly waiting: Set<Waiter>;
  pausedUntil: number;
}

/**
 * Limits how many requests run at the same time, overall and per host.
 *
 * Hosts take turns, so that one with a long queue, a slow one, or one that asked for a pause does not hold up
 * the others. A host is forgotten once nothing runs or waits there.
 */
export class HostScheduler {
  private running = 0;
  private readonly queues = new Map<string, HostQueue>();
  /** Hosts that could start a request if the overall limit allowed it, in the order of their turns. */
  private readonly ready = new Set<string>();
  private readonly closing = new AbortController();

  constructor(
    private readonly overall: number,
    private readonly perHost: number,
    private readonly clock: Clock,
  ) {}

  /** Waits for a turn and returns a function that ends it. Rejects with the signal's reason. */
  async waitForTurn(host: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const queue = this.queueOf(host);
    if (
      this.running < this.overall &&
      this.ready.size === 0 &&
      this.isOpen(queue) &&
      queue.waiting.size === 0
    ) {
      this.running += 1;
      queue.running += 1;
    } else {
      await this.enqueue(host, queue, signal);
    }
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.running -= 1;
      queue.running -= 1;
      this.review(host, queue);
    };
  }

  private enqueue(host: string, queue: HostQueue, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        queue.waiting.delete(waiter);
        this.review(host, queue);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        enter: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      queue.waiting.add(waiter);
      this.review(host, queue);
    });
  }

  /** Starts no requests at this host for this long. Those in flight continue. */
  pause(host: string, ms: number): void {
    const queue = this.queueOf(host);
    const until = this.clock.now() + ms;
    if (until <= queue.pausedUntil) return;
    queue.pausedUntil = until;
    this.review(host, queue);
    const end = () => {
      // A longer pause that was requested in the meantime ends by itself.
      if (queue.pausedUntil !== until) return;
      queue.pausedUntil = 0;
      this.review(host, queue);
    };
    this.clock.sleep(ms, this.closing.signal).then(end, end);
  }

  /** Ends all pauses, so that no timer keeps the process alive. */
  close(): void {
    this.closing.abort();
  }

  /** The number of hosts where something runs, waits or is paused. */
  get hosts(): number {
    return this.queues.size;
  }

  private queueOf(host: string): HostQueue {
    const known = this.queues.get(host);
    if (known !== undefined) return known;
    const queue: HostQueue = { running: 0, waiting: new Set(), pausedUntil: 0 };
    this.queues.set(host, queue);
    return queue;
  }

  private isOpen(queue: HostQueue): boolean {
    return queue.pausedUntil === 0 && queue.running < this.perHost;
  }

  private review(host: string, queue: HostQueue): void {
    if (this.isOpen(queue) && queue.waiting.size > 0) this.ready.add(host);
    else this.ready.delete(host);
    if (queue.running === 0 && queue.waiting.size === 0 && queue.pausedUntil === 0) this.queues.delete(host);
    this.begin();
  }

  private begin(): void {
    while (this.running < this.overall) {
      const [host] = this.ready;
      if (host === undefined) return;
      // Moves to the end of the rotation below, or leaves it.
      this.ready.delete(host);
      const queue = this.queues.get(host);
      const [waiter] = queue?.waiting ?? [];
      if (queue === undefined || waiter === undefined) continue;
      queue.waiting.delete(waiter);
      queue.running += 1;
      this.running += 1;
      if (queue.waiting.size > 0 && queue.running < this.perHost) this.ready.add(host);
      waiter.enter();
    }
  }
}
