import { describe, expect, it } from '@jest/globals';
import { EntryCatalogue } from './entry-catalogue.ts';

describe('EntryCatalogue', () => {
  function made(): EntryCatalogue {
    const catalogue = new EntryCatalogue();
    catalogue.append(10, 1, '["hat"]');
    catalogue.append(12, 2, '["shoe","red"]');
    catalogue.append(13, 3, '["hat","red","hat"]');
    catalogue.append(20, 4, '[]');
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

  it('selects by any of several labels, without repetition', () => {
    const catalogue = made();
    const either = catalogue.withLabels(['hat', 'red', 'hat']);
    expect([...either.ordinals()]).toEqual([0, 1, 2]);
    expect([0, 1, 2, 3].map((ordinal) => either.has(ordinal))).toEqual([true, true, true, false]);
    expect([either.atLeast, either.atMost]).toEqual([2, 4]);
    expect([...catalogue.withLabels(['unknown']).ordinals()]).toEqual([]);
    expect(catalogue.withLabels(['unknown', 'shoe']).atMost).toBe(1);
    expect(catalogue.withLabels([]).atMost).toBe(0);
  });

  it('holds many entries', () => {
    const catalogue = new EntryCatalogue();
    for (let id = 1; id <= 50_000; id++) catalogue.append(2 * id, id, `["label ${id % 100}", "of ${id}"]`);
    expect(catalogue.size).toBe(50_000);
    expect(catalogue.ordinalOf(99_998)).toBe(49_998);
    expect(catalogue.imageIdOf(49_998)).toBe(49_999);
    expect(catalogue.withLabels(['label 7']).ordinals()).toHaveLength(500);
    expect([...catalogue.withLabels(['of 40000']).ordinals()]).toEqual([39_999]);
  });
});
