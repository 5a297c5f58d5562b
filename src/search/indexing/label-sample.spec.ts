import { describe, expect, it } from '@jest/globals';
import { haveLabelsChanged, LabelSampler } from './label-sample.ts';

const image = (id: number, ...labels: string[]) => ({ id, labels, sha256: String((id * 7_919) % 10_000) });
const now = (labels: ReadonlyMap<number, string[]>) => ({
  labelKeysOf: async (ids: readonly number[]) =>
    new Map(ids.flatMap((id) => (labels.has(id) ? [[id, labels.get(id)!] as const] : []))),
});

describe('haveLabelsChanged', () => {
  const sampler = new LabelSampler();
  const labels = new Map<number, string[]>();
  for (let id = 1; id <= 100; id += 1) {
    labels.set(id, id % 4 === 0 ? [] : ['b', 'a']);
    sampler.add(image(id, ...(id % 4 === 0 ? [] : ['a', 'b'])));
  }
  const sample = sampler.take();

  it('tells when more than a tenth of the images has other labels or none, or is gone', async () => {
    expect(await haveLabelsChanged(now(labels), sample)).toBe(false);
    const changed = new Map(labels);
    for (let id = 1; id <= 10; id += 1) changed.set(id, ['c']);
    expect(await haveLabelsChanged(now(changed), sample)).toBe(false);
    expect(await haveLabelsChanged(now(new Map(changed).set(11, ['a'])), sample)).toBe(true);
    changed.delete(99);
    expect(await haveLabelsChanged(now(changed), sample)).toBe(true);
  });

  it('remembers up to a thousand images, in whatever order they come', () => {
    const [forwards, backwards] = [new LabelSampler(), new LabelSampler()];
    const all = Array.from({ length: 3_000 }, (_, id) => image(id, 'a'));
    for (const one of all) forwards.add(one);
    for (const one of all.toReversed()) backwards.add(one);
    expect(forwards.take()).toHaveLength(1_000);
    expect(backwards.take()).toEqual(forwards.take());
  });

  it('holds if nothing was remembered', async () => {
    expect(await haveLabelsChanged(now(new Map()), [])).toBe(false);
  });
});
