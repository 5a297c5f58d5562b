import { useSyncExternalStore } from 'react';

/** `offline`: the browser has no network. `gone`: it has, but the service does not answer. */
export type ConnectionState = 'online' | 'offline' | 'gone';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

/** Knows whether the service answers, and asks again until it does. */
class Connection {
  private state: ConnectionState = 'online';
  private readonly listeners = new Set<() => void>();
  private readonly returns = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private retryMs = FIRST_RETRY_MS;

  constructor() {
    // A service on this machine answers without a network, so the browser's word is only a reason to ask.
    for (const event of ['offline', 'online']) addEventListener(event, () => void this.probe());
  }

  readonly current = (): ConnectionState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Calls back each time the service answers again. */
  onReturn(listener: () => void): () => void {
    this.returns.add(listener);
    return () => this.returns.delete(listener);
  }

  /** To be called when a request had no answer. */
  lost(): void {
    if (this.state !== 'online') return;
    this.become(navigator.onLine ? 'gone' : 'offline');
    this.schedule();
  }

  /** Asks now whether the service answers. */
  async probe(): Promise<void> {
    clearTimeout(this.timer);
    const answers = await fetch('/health/live', { cache: 'no-store' }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) return this.found();
    this.become(navigator.onLine ? 'gone' : 'offline');
    this.schedule();
  }

  private found(): void {
    this.retryMs = FIRST_RETRY_MS;
    const wasAway = this.state !== 'online';
    this.become('online');
    if (wasAway) this.returns.forEach((listener) => listener());
  }

  private schedule(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.probe(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 1.6, LONGEST_RETRY_MS);
  }

  private become(state: ConnectionState): void {
    if (state === this.state) return;
    this.state = state;
    this.listeners.forEach((listener) => listener());
  }
}

export const connection = new Connection();

export function useConnection(): ConnectionState {
  return useSyncExternalStore(connection.subscribe, connection.current);
}
