import { describe, expect, it } from '@jest/globals';
import { UploadMemory } from './upload-memory.ts';

describe('UploadMemory', () => {
  it('is shared by requests until they release it', () => {
    const memory = new UploadMemory(100);
    const releases = [25, 25, 25, 20].map((bytes) => memory.reserve(bytes));
    expect(releases).not.toContain(undefined);
    expect(memory.reserved).toBe(95);
    expect(memory.reserve(6)).toBeUndefined();
    releases[0]?.();
    expect(memory.reserve(25)).toBeDefined();
  });

  it('does not take account of a request twice if it is released twice', () => {
    const memory = new UploadMemory(100);
    const [first] = [memory.reserve(20), memory.reserve(20)];
    first?.();
    first?.();
    expect(memory.reserved).toBe(20);
  });

  it('gives one request no more than a quarter', () => {
    const memory = new UploadMemory(100);
    expect(memory.reserve(26)).toBeUndefined();
    expect(memory.reserve(25)).toBeDefined();
  });

  it('gives nothing to a request with a body if there is none', () => {
    expect(new UploadMemory(0).reserve(1)).toBeUndefined();
  });
});
