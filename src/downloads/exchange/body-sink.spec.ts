import { describe, expect, it } from '@jest/globals';
import { MemorySink } from './body-sink.ts';

describe('MemorySink', () => {
  it.each([undefined, 0, 10, 3_000_000, 1e12])(
    'assembles a body that was declared as %s bytes',
    (expected) => {
      const sink = new MemorySink(expected);
      const written: Buffer[] = [];
      for (let size = 1; size < 300_000; size = size * 3 + 1) {
        const chunk = Buffer.alloc(size, size % 251);
        written.push(chunk);
        sink.write(chunk);
      }
      expect(sink.bytes.equals(Buffer.concat(written))).toBe(true);
    },
  );

  it('does not copy a body that arrives in one chunk', () => {
    const chunk = Buffer.from('all of it');
    const sink = new MemorySink(chunk.length);
    sink.write(chunk);
    expect(sink.bytes.buffer).toBe(chunk.buffer);
  });

  it('is empty without a body', () => {
    expect(new MemorySink(undefined).bytes).toHaveLength(0);
  });
});
