import { describe, expect, it } from '@jest/globals';
import { type DecidedPair, decidedGroups } from '../../web/src/duplicates/decided-groups.ts';

const pair = (
  image: string,
  other: string,
  decidedAt = '2026-01-01',
  decision: DecidedPair['decision'] = 'KEEP_ALL',
) => ({ image: { id: image }, other: { id: other }, decidedAt, decision }) as DecidedPair;
const idsOf = (pairs: DecidedPair[]) => decidedGroups(pairs).map(({ images }) => images.map(({ id }) => id));

describe('decided groups', () => {
  it('have the images of all pairs that were decided together', () => {
    expect(idsOf([pair('1', '2'), pair('1', '3'), pair('2', '3'), pair('7', '8', '2026-01-02')])).toEqual([
      ['1', '2', '3'],
      ['7', '8'],
    ]);
  });

  it('are joined by a pair that has an image of each', () => {
    expect(idsOf([pair('1', '2'), pair('3', '4'), pair('2', '3')])).toEqual([['1', '2', '3', '4']]);
  });

  it('stay apart if the decisions or their moments differ', () => {
    expect(idsOf([pair('1', '2'), pair('1', '3', '2026-01-02')])).toHaveLength(2);
    expect(idsOf([pair('1', '2'), pair('2', '3', '2026-01-01', 'NOT_DUPLICATES')])).toHaveLength(2);
    expect(idsOf([pair('1', '2'), pair('3', '4')])).toHaveLength(2);
  });
});
