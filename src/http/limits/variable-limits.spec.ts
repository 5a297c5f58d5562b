import { describe, expect, it } from '@jest/globals';
import { deepVariableIn, longListIn } from './variable-limits.ts';

describe('longListIn', () => {
  it('finds a list at any depth', () => {
    expect(longListIn({ a: [1], b: { c: [[1, 2, 3]] } }, 2)).toEqual({ name: 'b', length: 3 });
    expect(longListIn({ a: [1, 2], b: 'text' }, 2)).toBeUndefined();
  });

  it('does not look into uploads, whose bytes may be in memory', () => {
    class Upload {
      readonly file = { bytes: [1, 2, 3] };
    }
    expect(longListIn({ file: new Upload(), files: [new Upload()] }, 2)).toBeUndefined();
  });
});

describe('deepVariableIn', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : { not: nested(levels - 1) });

  it('names the variable with too many levels', () => {
    expect(deepVariableIn({ flat: [1], filter: nested(5) }, 4)).toBe('filter');
    expect(deepVariableIn({ flat: [1], filter: nested(4) }, 4)).toBeUndefined();
  });

  it('counts lists as well as objects', () => {
    expect(deepVariableIn({ filter: { and: [{ and: [] }] } }, 3)).toBe('filter');
  });

  it('does not recurse, so that 100,000 levels do no harm', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(deepVariableIn({ deep }, 32)).toBe('deep');
  });

  it('does not look into uploads, which are objects of a class', () => {
    class Upload {
      readonly self = this;
    }
    expect(deepVariableIn({ file: new Upload() }, 2)).toBeUndefined();
  });
});
