import type { Clock } from '../clock.ts';

interface Waiter {
  readonly enter: () => void;
}

interface Line {
  running: number;
  readonly waiting: Set<Waiter>;
  pausedUntil: number;
}

/**
 * Lets so many requests run at once, and so many of them at one host.
 *
 * Hosts take turns, so one with a long line, a slow one, or one that asked for a pause takes nothing
 * from the others. A host is forgotten once nothing runs or waits there.
 */
export class HostTurns {
  private running = 0;
  private readonly lines = new Map<string, Line>();
  /** Hosts that could begin a request if there were a slot, in the order of their turns. */
  private readonly ready = new Set<string>();
  private readonly closing = new AbortController();

  constructor(
    private readonly overall: number,
    private readonly perHost: number,
    private readonly clock: Clock,
  ) {}

  /** Waits for a turn, and returns how to end it. Rejects with the signal's reason. */
  async take(host: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const line = this.lineOf(host);
    if (
      this.running < this.overall &&
      this.ready.size === 0 &&
      this.isOpen(line) &&
      line.waiting.size === 0
    ) {
      this.running += 1;
      line.running += 1;
    } else {
      await this.wait(host, line, signal);
    }
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.running -= 1;
      line.running -= 1;
      this.review(host, line);
    };
  }

  private wait(host: string, line: Line, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        line.waiting.delete(waiter);
        this.review(host, line);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        enter: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      line.waiting.add(waiter);
      this.review(host, line);
    });
  }

  /** Begins nothing at this host for so long; what runs there goes on. */
  pause(host: string, ms: number): void {
    const line = this.lineOf(host);
    const until = this.clock.now() + ms;
    if (until <= line.pausedUntil) return;
    line.pausedUntil = until;
    this.review(host, line);
    const end = () => {
      // A longer pause that was asked for meanwhile has its own end.
      if (line.pausedUntil !== until) return;
      line.pausedUntil = 0;
      this.review(host, line);
    };
    this.clock.sleep(ms, this.closing.signal).then(end, end);
  }

  /** Ends all pauses, so that no timer keeps the process. */
  close(): void {
    this.closing.abort();
  }

  /** Hosts that something runs, waits or pauses at. */
  get hosts(): number {
    return this.lines.size;
  }

  private lineOf(host: string): Line {
    const known = this.lines.get(host);
    if (known !== undefined) return known;
    const line: Line = { running: 0, waiting: new Set(), pausedUntil: 0 };
    this.lines.set(host, line);
    return line;
  }

  private isOpen(line: Line): boolean {
    return line.pausedUntil === 0 && line.running < this.perHost;
  }

  private review(host: string, line: Line): void {
    if (this.isOpen(line) && line.waiting.size > 0) this.ready.add(host);
    else this.ready.delete(host);
    if (line.running === 0 && line.waiting.size === 0 && line.pausedUntil === 0) this.lines.delete(host);
    this.begin();
  }

  private begin(): void {
    while (this.running < this.overall) {
      const [host] = this.ready;
      if (host === undefined) return;
      // To the end of the turns, or out of them.
      this.ready.delete(host);
      const line = this.lines.get(host);
      const [waiter] = line?.waiting ?? [];
      if (line === undefined || waiter === undefined) continue;
      line.waiting.delete(waiter);
      line.running += 1;
      this.running += 1;
      if (line.waiting.size > 0 && line.running < this.perHost) this.ready.add(host);
      waiter.enter();
    }
  }
}
