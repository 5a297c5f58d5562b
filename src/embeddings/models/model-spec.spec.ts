import { describe, expect, it } from '@jest/globals';
import { formatModelSpec, NAMED_SPECS, parseModelSpec } from './model-spec.ts';

describe('parseModelSpec', () => {
  it.each([
    ['efficientnet-lite0', { networks: [{ id: 'efficientnet-lite0' }] }],
    ['mobilenet-v2@64', { networks: [{ id: 'mobilenet-v2' }], dimension: 64 }],
    ['a+b.1+c', { networks: [{ id: 'a' }, { id: 'b.1' }, { id: 'c' }] }],
    [
      'a:float32+b:int8@4096',
      {
        networks: [
          { id: 'a', precision: 'float32' },
          { id: 'b', precision: 'int8' },
        ],
        dimension: 4096,
      },
    ],
    [' a + b @128 '.replace(' @', '@'), { networks: [{ id: 'a' }, { id: 'b' }], dimension: 128 }],
    ['fast', { networks: [{ id: 'efficientnet-lite0' }], dimension: 128, labels: true }],
    [
      'best',
      {
        networks: [{ id: 'efficientnet-lite0' }, { id: 'efficientnet-lite2' }],
        dimension: 128,
        labels: true,
      },
    ],
    [
      'best@64',
      { networks: [{ id: 'efficientnet-lite0' }, { id: 'efficientnet-lite2' }], dimension: 64, labels: true },
    ],
    ['fast@128', { networks: [{ id: 'efficientnet-lite0' }], dimension: 128, labels: true }],
    ['fast@1000', { networks: [{ id: 'efficientnet-lite0' }], dimension: 1000 }],
    ['efficientnet-lite0@128', { networks: [{ id: 'efficientnet-lite0' }], dimension: 128 }],
    ['a@128:labels', { networks: [{ id: 'a' }], dimension: 128, labels: true }],
  ])('reads %s', (text, expected) => {
    expect(parseModelSpec(text)).toEqual(expected);
  });

  it.each([
    ['', 'no name'],
    ['@64', 'no name'],
    ['a+', 'no name'],
    ['a++b', 'no name'],
    ['A', '"A"'],
    ['../a', 'network'],
    ['toString', 'network'],
    ['a b', 'network'],
    ['a:int4', 'int8, float32'],
    ['a@', 'whole number'],
    ['a@1', '2 to 4096'],
    ['a@5000', '2 to 4096'],
    ['a@064', 'whole number'],
    ['a@64@32', 'more than one'],
    ['a@64:label', 'labels'],
    ['a@64:labels:labels', 'labels'],
    ['a@513:labels', '512'],
    ['a:labels', 'int8, float32'],
    ['a+b+c+d', 'more than 3'],
    ['a+b+a', 'a twice'],
    ['a:int8+a:float32', 'a twice'],
    ['fast+mobilenet-v2@', 'whole number'],
  ])('refuses %j', (text, problem) => {
    const parse = () => parseModelSpec(text);
    expect(parse).toThrow(expect.objectContaining({ code: 'MODEL_SPEC_INVALID' }));
    expect(parse).toThrow(problem);
    // The message says what is allowed.
    expect(parse).toThrow('network+network');
    expect(parse).toThrow('fast, best');
  });

  it('writes specs in a canonical form, which is read as the same spec', () => {
    for (const [name, spelt] of Object.entries(NAMED_SPECS))
      expect(formatModelSpec(parseModelSpec(name))).toBe(spelt);
    for (const text of ['a', 'a:int8+b@12', 'a:int8+b@12:labels'])
      expect(formatModelSpec(parseModelSpec(text))).toBe(text);
  });
});
