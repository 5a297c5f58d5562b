import { setImmediate } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Leaders } from './leaders.ts';

/**
 * Extends searches while their clients read what they have received, so that the next page need not wait for a
 * deeper search.
 */
@Injectable()
export class ReadAhead implements OnModuleDestroy {
  private readonly running = new Set<Promise<void>>();

  /** Extends the search to so many leaders in the background, and then calls `done`. */
  start(leaders: Leaders, count: number, done: () => void): void {
    if (leaders.list.length >= count || leaders.complete) return;
    const running = this.extend(leaders, count)
      .then(done)
      // The next page searches again, and tells its client what is wrong.
      .catch(() => undefined)
      .finally(() => this.running.delete(running));
    this.running.add(running);
  }

  /** Resolves once everything that has been started has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.running);
  }

  async onModuleDestroy(): Promise<void> {
    await this.idle();
  }

  private async extend(leaders: Leaders, count: number): Promise<void> {
    // The page that has just been found is sent first.
    await setImmediate();
    await leaders.reach(count);
  }
}
