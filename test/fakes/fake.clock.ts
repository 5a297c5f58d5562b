import type { Clock } from '../../src/downloads/index.ts';

/** Time that passes at once, and is written down. */
export class FakeClock implements Clock {
  readonly sleeps: number[] = [];
  private time = Date.now();

  now(): number {
    return this.time;
  }

  random(): number {
    return 0.5;
  }

  async sleep(ms: number, stop?: AbortSignal): Promise<void> {
    stop?.throwIfAborted();
    this.sleeps.push(ms);
    this.time += ms;
  }

  /** So much time passes while nobody sleeps. */
  pass(ms: number): void {
    this.time += ms;
  }
}
