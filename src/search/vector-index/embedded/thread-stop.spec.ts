import { describe, expect, it } from '@jest/globals';
import { ThreadStop } from './thread-stop.ts';

describe('ThreadStop', () => {
  const pair = () => {
    const outside = new ThreadStop();
    return { outside, inside: new ThreadStop(outside.cells) };
  };

  it('lets the thread continue until it is asked to stop', () => {
    const { outside, inside } = pair();
    expect(() => inside.check()).not.toThrow();
    expect(outside.request()).toBe(false);
    expect(() => inside.check()).toThrow('stopped');
  });

  it('lets the thread be terminated during interruptible work, and stops it afterwards', () => {
    const { outside, inside } = pair();
    expect(inside.interruptible(() => 7)).toBe(7);
    expect(() => inside.interruptible(() => expect(outside.request()).toBe(true))).toThrow('stopped');
    expect(outside.request()).toBe(false);
  });
});
