import type { Clock } from '../../src/downloads/index.ts';

/** A clock whose sleeps take no time and are recorded. */
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

  /** Lets time pass without anybody sleeping. */
  pass(ms: number): void {
    this.time += ms;
  }
}
