import { describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { KnownUntilStatement, noteStatement } from './known-until-statement.ts';

describe('KnownUntilStatement', () => {
  it('looks up once in a callback, and again in the next one or after a statement', async () => {
    const known = new KnownUntilStatement<number>();
    let lookUps = 0;
    const get = () => known.get(() => (lookUps += 1));

    await setImmediate();
    expect([get(), get()]).toEqual([1, 1]);
    await Promise.resolve();
    expect(get()).toBe(1);
    noteStatement();
    expect([get(), get()]).toEqual([2, 2]);
    await setImmediate();
    expect(get()).toBe(3);
  });
});
