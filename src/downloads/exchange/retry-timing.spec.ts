import { describe, expect, it } from '@jest/globals';
import { backOffMs, retryAfterMs } from './retry-timing.ts';

describe('retryAfterMs', () => {
  const now = Date.parse('2030-01-01T00:00:00Z');

  it.each([
    ['7', 7_000],
    ['0', 0],
    [' 3 ', 3_000],
    ['60', 60_000],
    ['61', 60_000],
    ['1000000000', 60_000],
    ['9'.repeat(400), 60_000],
    ['Tue, 01 Jan 2030 00:00:20 GMT', 20_000],
    ['Tue, 01 Jan 2030 05:00:00 GMT', 60_000],
    ['Tue, 01 Jan 2019 00:00:00 GMT', 0],
  ])('reads %.30s', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });

  it.each([undefined, '', 'soon', 'NaN', '1h'])('finds nothing usable in %s', (header) => {
    expect(retryAfterMs(header, now)).toBeUndefined();
  });
});

describe('backOffMs', () => {
  it('doubles its bound with each attempt, up to a limit', () => {
    expect([1, 2, 3, 4, 20].map((attempt) => backOffMs(attempt, 1))).toEqual([
      500, 1_000, 2_000, 4_000, 30_000,
    ]);
    expect(backOffMs(3, 0)).toBe(0);
    expect(backOffMs(3, 0.5)).toBe(1_000);
  });
});
