import { describe, expect, it } from '@jest/globals';
import { attributeUnknown, filterInvalid } from '../filters/index.ts';
import { withSelection } from './selection.ts';

describe('withSelection', () => {
  const failing = (error: Error) => () => Promise.reject(error);

  it('passes on what the options select', async () => {
    const selected: unknown[] = [];
    for (const options of [
      {},
      { label: ['hat'] },
      { where: 'a exists' },
      { label: ['hat'], where: 'a exists' },
    ]) {
      await withSelection(options, (filter) => Promise.resolve(void selected.push(filter)));
    }
    const exists = { attribute: { name: 'a', exists: true } };
    expect(selected).toEqual([
      undefined,
      { labels: ['hat'] },
      exists,
      { and: [{ labels: ['hat'] }, exists] },
    ]);
  });

  it('shows the place in --where that turns out to be invalid', async () => {
    const invalid = filterInvalid('filter.and[1].attribute.eq', 'the attribute is a number');
    await expect(
      withSelection({ label: ['hat'], where: 'price = "abc"' }, failing(invalid)),
    ).rejects.toMatchObject({
      code: 'FILTER_INVALID',
      message:
        'The filter is invalid at character 9: the attribute is a number.\n  price = "abc"\n          ^',
      details: { position: 9 },
    });
  });

  it('leaves other errors as they are', async () => {
    for (const error of [attributeUnknown('price', []), new Error('a bug')]) {
      await expect(withSelection({ where: 'price = 5' }, failing(error))).rejects.toBe(error);
    }
    const invalid = filterInvalid('filter.labels', 'a value is too long');
    await expect(withSelection({ label: ['x'] }, failing(invalid))).rejects.toBe(invalid);
  });
});
