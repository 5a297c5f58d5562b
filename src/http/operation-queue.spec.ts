import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { OperationQueue } from './operation-queue.ts';

const queueOf = (OPERATIONS_AT_ONCE: number, OPERATIONS_WAITING: number) =>
  new OperationQueue({ OPERATIONS_AT_ONCE, OPERATIONS_WAITING });
const { signal } = new AbortController();

describe('the queue of operations', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('lets clients take turns, however many operations one of them has', async () => {
    const queue = queueOf(1, 100);
    const [greedy, modest] = [{}, {}];
    const order: string[] = [];
    const run = async (client: object, name: string) => {
      const leave = await queue.enter(client, signal);
      order.push(name);
      await turn();
      leave();
    };
    await Promise.all([
      ...Array.from({ length: 4 }, (_, n) => run(greedy, `greedy ${n}`)),
      ...Array.from({ length: 2 }, (_, n) => run(modest, `modest ${n}`)),
    ]);
    expect(order).toEqual(['greedy 0', 'greedy 1', 'modest 0', 'greedy 2', 'modest 1', 'greedy 3']);
  });

  it('refuses what is more than may wait, until one has left', async () => {
    const queue = queueOf(1, 1);
    const leave = await queue.enter({}, signal);
    const second = queue.enter({}, signal);
    await expect(queue.enter({}, signal)).rejects.toMatchObject({ code: 'OVERLOADED', status: 503 });
    leave();
    leave();
    const third = queue.enter({}, signal);
    (await second)();
    (await third)();
  });

  it('forgets an operation that is abandoned while it waits', async () => {
    const queue = queueOf(1, 1);
    const leave = await queue.enter({}, signal);
    const abandoned = new AbortController();
    const client = {};
    const waiting = queue.enter(client, abandoned.signal);
    abandoned.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    const next = queue.enter(client, signal);
    leave();
    (await next)();
  });

  it('does not let operations that wait for something else hold up others for long', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    const queue = queueOf(1, 1);
    const leave = await queue.enter({}, signal);
    const second = queue.enter({}, signal);
    jest.advanceTimersByTime(2_000);
    const leaveSecond = await second;
    await expect(queue.enter({}, signal)).rejects.toMatchObject({ code: 'OVERLOADED' });
    leave();
    leaveSecond();
  });
});
