import { describe, expect, it } from '@jest/globals';
import { giveWay, isTurnOver, nextTurn } from './give-way.ts';

function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('giving way to the event loop', () => {
  it('ends a turn after a while of work, and begins another one', async () => {
    await nextTurn();
    expect(isTurnOver()).toBe(false);
    work(15);
    expect(isTurnOver()).toBe(true);
    await nextTurn();
    await nextTurn();
    expect(isTurnOver()).toBe(false);
  });

  it('lets other events of the event loop happen while many wait, and resumes them in order', async () => {
    const resumed: number[] = [];
    let resumedAtEvent: number | undefined;
    const all = Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        await giveWay();
        resumed.push(n);
      }),
    );
    setImmediate(() => setImmediate(() => (resumedAtEvent = resumed.length)));
    await all;
    expect(resumed).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(resumedAtEvent).toBeLessThan(100);
  });
});
