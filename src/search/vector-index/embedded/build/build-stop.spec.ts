import { describe, expect, it } from '@jest/globals';
import { BuildStop } from './build-stop.ts';

describe('BuildStop', () => {
  const pair = () => {
    const outside = new BuildStop();
    return { outside, inside: new BuildStop(outside.cells) };
  };

  it('lets the thread go on until it is asked to stop', () => {
    const { outside, inside } = pair();
    expect(() => inside.check()).not.toThrow();
    expect(outside.request()).toBe(false);
    expect(() => inside.check()).toThrow('stopped');
  });

  it('may end the thread during work that can be interrupted, and goes no further after it', () => {
    const { outside, inside } = pair();
    expect(inside.interruptible(() => 7)).toBe(7);
    expect(() => inside.interruptible(() => expect(outside.request()).toBe(true))).toThrow('stopped');
    expect(outside.request()).toBe(false);
  });
});
