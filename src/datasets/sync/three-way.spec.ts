import { describe, expect, it } from '@jest/globals';
import { mergeFacts, type Facts } from './three-way.ts';

const facts = (labels: string[], attributes: Facts['attributes'] = {}): Facts => ({ labels, attributes });
const merge = (source: Facts, brought: Facts | undefined, image: Facts, overwrite = false) =>
  mergeFacts(source, brought, image, { overwrite });

describe('mergeFacts', () => {
  it.each<[string, string[], string[] | undefined, string[], string[], string[]]>([
    // what, source, brought, image, merged, with overwrite
    ['changes nothing where nothing has changed', ['a'], ['a'], ['a'], ['a'], ['a']],
    ['adds what the source has added', ['a', 'b'], ['a'], ['a'], ['a', 'b'], ['a', 'b']],
    ['removes what the source has removed', ['a'], ['a', 'b'], ['a', 'b'], ['a'], ['a']],
    ['relabels', ['b'], ['a'], ['a'], ['b'], ['b']],
    ['keeps what a person has added', ['b'], ['a'], ['a', 'mine'], ['b', 'mine'], ['b', 'mine']],
    ['leaves removed what a person has removed', ['a', 'b'], ['a', 'b'], ['a'], ['a'], ['a', 'b']],
    ['removes nothing if it is not known what was brought', ['b'], undefined, ['a'], ['a', 'b'], ['a', 'b']],
  ])('%s (labels)', (_what, source, brought, image, merged, overwritten) => {
    const last = brought && facts(brought);
    expect(merge(facts(source), last, facts(image)).labels).toEqual(merged);
    expect(merge(facts(source), last, facts(image), true).labels).toEqual(overwritten);
  });

  it.each<
    [string, Facts['attributes'], Facts['attributes'] | undefined, Facts['attributes'], object, object]
  >([
    ['changes nothing where nothing has changed', { p: 1 }, { p: 1 }, { p: 1 }, {}, {}],
    ['takes new values', { p: 2 }, { p: 1 }, { p: 1 }, { p: 2 }, { p: 2 }],
    ['adds and removes', { q: ['x'] }, { p: 1 }, { p: 1 }, { q: ['x'], p: null }, { q: ['x'], p: null }],
    ['keeps the value of a person', { p: 2 }, { p: 1 }, { p: 9 }, {}, { p: 2 }],
    ['keeps it removed', { p: 1 }, { p: 1 }, {}, {}, { p: 1 }],
    [
      'only adds if it is not known what was brought',
      { p: 2, q: 3 },
      undefined,
      { p: 1 },
      { q: 3 },
      { p: 2, q: 3 },
    ],
    ['leaves alone what the source never had', { p: 1 }, { p: 1 }, { p: 1, mine: true }, {}, {}],
  ])('%s (attributes)', (_what, source, brought, image, merged, overwritten) => {
    const last = brought && facts([], brought);
    expect(merge(facts([], source), last, facts([], image)).attributes).toEqual(merged);
    expect(merge(facts([], source), last, facts([], image), true).attributes).toEqual(overwritten);
  });

  it('says whether an edit by hand was kept', () => {
    expect(merge(facts([], { p: 2 }), facts([], { p: 1 }), facts([], { p: 9 })).kept).toBe(true);
    expect(merge(facts(['a']), facts(['a']), facts([])).kept).toBe(true);
    expect(merge(facts(['b']), facts(['a']), facts(['a', 'mine'])).kept).toBe(false);
  });
});
