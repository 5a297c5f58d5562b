import { describe, expect, it } from '@jest/globals';
import { withLabels } from '../../../../filters/index.ts';
import { Selections } from '../columns/selections.ts';
import { EntryCatalogue } from './entry-catalogue.ts';

const facts = (...labels: string[]) => ({ labels: JSON.stringify(labels), attributes: '{}' });

describe('EntryCatalogue', () => {
  function made(): EntryCatalogue {
    const catalogue = new EntryCatalogue();
    catalogue.append(10, 1, facts('hat'));
    catalogue.append(12, 2, facts('shoe', 'red'));
    catalogue.append(13, 3, facts('hat', 'red', 'hat'));
    catalogue.append(20, 4, facts());
    return catalogue;
  }

  it('finds entries by their ids', () => {
    const catalogue = made();
    expect([9, 10, 11, 12, 13, 20, 21].map((id) => catalogue.ordinalOf(id))).toEqual([
      undefined,
      0,
      undefined,
      1,
      2,
      3,
      undefined,
    ]);
    expect(catalogue.firstAfter(12)).toBe(2);
    expect(catalogue.firstAfter(20)).toBe(4);
    expect(catalogue.imageIdOf(3)).toBe(4);
  });

  it('counts each removal once', () => {
    const catalogue = made();
    expect(catalogue.remove(12)).toBe(1);
    expect(catalogue.remove(12)).toBeUndefined();
    expect(catalogue.remove(11)).toBeUndefined();
    expect([catalogue.size, catalogue.live, catalogue.isLive(1), catalogue.isLive(2)]).toEqual([
      4,
      3,
      false,
      true,
    ]);
  });

  it('holds many entries', async () => {
    const catalogue = new EntryCatalogue();
    for (let id = 1; id <= 50_000; id++) catalogue.append(2 * id, id, facts(`label ${id % 100}`, `of ${id}`));
    expect(catalogue.size).toBe(50_000);
    expect(catalogue.ordinalOf(99_998)).toBe(49_998);
    expect(catalogue.imageIdOf(49_998)).toBe(49_999);
    const selections = new Selections(catalogue);
    expect((await selections.select(withLabels(['label 7']))).count).toBe(500);
    const one = await selections.select(withLabels(['of 40000']));
    expect([...one.between(0, 50_000)]).toEqual([39_999]);
  });
});
