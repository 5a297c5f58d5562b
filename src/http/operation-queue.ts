import { Injectable } from '@nestjs/common';
import { OperationsConfig } from './operations.config.ts';
import { overloaded } from './limits/query.errors.ts';

/** An operation that takes longer mostly waits for something else, such as an upload. */
const COUNTED_MS = 2_000;

type Start = () => void;

/** Lets a limited number of operations run at a time. The others wait; the clients that have some take turns. */
@Injectable()
export class OperationQueue {
  private readonly atOnce: number;
  private readonly maxUnfinished: number;
  /** Running operations that count. */
  private running = 0;
  /** All that have entered and not left, waiting or running. */
  private unfinished = 0;
  /** In the order in which the clients have their turns. */
  private readonly waiting = new Map<object, Set<Start>>();

  constructor(config: OperationsConfig) {
    this.atOnce = config.OPERATIONS_AT_ONCE;
    this.maxUnfinished = config.OPERATIONS_AT_ONCE + config.OPERATIONS_WAITING;
  }

  /**
   * Waits until an operation of the client may run. Resolves with what must be called when it has ended; calling
   * that more than once is harmless. Rejects with `OVERLOADED`, or with the reason of the signal.
   */
  async enter(client: object, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.unfinished >= this.maxUnfinished) throw overloaded();
    this.unfinished += 1;
    if (this.running < this.atOnce) this.running += 1;
    else {
      try {
        await this.turnOf(client, signal);
      } catch (error) {
        this.unfinished -= 1;
        throw error;
      }
    }
    const stopCounting = once(() => this.startNext());
    const timer = setTimeout(stopCounting, COUNTED_MS).unref();
    return once(() => {
      clearTimeout(timer);
      this.unfinished -= 1;
      stopCounting();
    });
  }

  private turnOf(client: object, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const starts = this.waiting.get(client) ?? new Set();
      const start = () => {
        signal.removeEventListener('abort', abandon);
        resolve();
      };
      const abandon = () => {
        starts.delete(start);
        if (starts.size === 0 && this.waiting.get(client) === starts) this.waiting.delete(client);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abandon, { once: true });
      starts.add(start);
      this.waiting.set(client, starts);
    });
  }

  /** Hands the place of an operation that no longer counts to the next client in turn. */
  private startNext(): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.running -= 1;
      return;
    }
    const [client, starts] = next;
    const [start] = starts;
    this.waiting.delete(client);
    if (start === undefined) throw new Error('A client waits without an operation');
    starts.delete(start);
    if (starts.size > 0) this.waiting.set(client, starts);
    start();
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
