import { describe, expect, it } from '@jest/globals';
import { HeatMaps } from './heat-maps.ts';

describe('HeatMaps', () => {
  it('keeps heat maps under ids of their own', () => {
    const maps = new HeatMaps();
    const [one, other] = [maps.keep(Buffer.from('one')), maps.keep(Buffer.from('one'))];
    expect(one).toMatch(/^[\w-]{22}$/);
    expect(other).not.toBe(one);
    expect(maps.get(one).bytes.toString()).toBe('one');
    expect(maps.get(one).expiresAt.getTime()).toBeGreaterThan(Date.now());
  });

  it('gives the room of old ones to new ones', () => {
    const maps = new HeatMaps();
    const first = maps.keep(Buffer.alloc(10_000_000));
    for (let more = 0; more < 3; more += 1) maps.keep(Buffer.alloc(10_000_000));
    expect(() => maps.get(first)).toThrow(expect.objectContaining({ code: 'HEAT_MAP_NOT_FOUND' }));
  });

  it('refuses ids that it does not know', () => {
    expect(() => new HeatMaps().get('x'.repeat(100))).toThrow(/no heat map "x{40}"/);
  });
});
