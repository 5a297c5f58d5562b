import { describe, expect, it } from '@jest/globals';
import { KeptSearches } from './kept-searches.ts';
import { AllLeaders } from './leaders.ts';
import { Ranking } from './ranking.ts';

const SEARCHES = 40;
/** So many matches in each search are more than may be kept. */
const MATCHES = 10_000;

describe('KeptSearches', () => {
  it('gives up old searches once those that are kept have grown too large', () => {
    const kept = new KeptSearches();
    const rankings = Array.from(
      { length: SEARCHES },
      () => new Ranking(() => Promise.reject(new Error('Nothing is searched')), []),
    );
    const tokens = rankings.map((ranking) =>
      kept.keep({ question: 'red', leaders: new AllLeaders(ranking), characters: 0 }),
    );
    for (const { matches } of rankings)
      for (let id = 1; id <= MATCHES; id += 1) matches.push({ id, score: 0.5 });
    const remaining = () => tokens.filter((token) => kept.find(token, 'red') !== undefined);
    expect(remaining()).toHaveLength(SEARCHES);

    for (const token of tokens) kept.measure(token);
    expect(remaining().length).toBeGreaterThan(0);
    expect(remaining().length).toBeLessThan(SEARCHES);
  });

  it('does not bring back a search that it has given up', () => {
    const kept = new KeptSearches();
    const ranking = new Ranking(() => Promise.reject(new Error('Nothing is searched')), []);
    const token = kept.keep({ question: 'red', leaders: new AllLeaders(ranking), characters: 0 });
    kept.forget(token);
    kept.measure(token);
    expect(kept.find(token, 'red')).toBeUndefined();
  });
});
