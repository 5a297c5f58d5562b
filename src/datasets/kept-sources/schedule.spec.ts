import { describe, expect, it } from '@jest/globals';
import { nextRunOf, parseSchedule, shownSchedule } from './schedule.ts';

const HOUR_MS = 3_600_000;
const at = (time: string) => new Date(`${time}Z`);
const next = (schedule: Parameters<typeof nextRunOf>[0], now: string, lastDue?: string) =>
  nextRunOf(schedule, at(now), lastDue === undefined ? undefined : at(lastDue))
    .toISOString()
    .slice(0, 16);

describe('a schedule', () => {
  it.each([
    ['30m', 30 * 60_000, '30m'],
    ['6h', 6 * HOUR_MS, '6h'],
    ['1d', 24 * HOUR_MS, '1d'],
    ['48h', 48 * HOUR_MS, '2d'],
    [' 90 m ', 90 * 60_000, '90m'],
  ])('every %j is an interval', (every, everyMs, shown) => {
    const schedule = parseSchedule({ every });
    expect(schedule).toEqual({ everyMs });
    expect(shownSchedule(schedule)).toEqual({ every: shown, cron: null, timeZone: null });
  });

  it.each([
    ['0 3 * * *', undefined],
    ['*/15 8-18 * * MON-FRI', 'Europe/Vienna'],
    ['  0   0 1 * * ', 'UTC'],
  ])('%j in %s is a pattern', (cron, timeZone) => {
    const plain = cron.trim().replace(/\s+/g, ' ');
    const schedule = parseSchedule({ cron, ...(timeZone === undefined ? {} : { timeZone }) });
    expect(schedule).toEqual({ cron: plain, timeZone: timeZone ?? null });
  });

  it.each([
    [{}],
    [{ every: '6h', cron: '0 3 * * *' }],
    [{ every: '' }],
    [{ every: '6' }],
    [{ every: '0m' }],
    [{ every: '-1h' }],
    [{ every: '10s' }],
    [{ every: '400d' }],
    [{ every: '6h', timeZone: 'UTC' }],
    [{ timeZone: 'UTC' }],
    [{ cron: '' }],
    [{ cron: '0 3 * *' }],
    [{ cron: '0 0 3 * * *' }],
    [{ cron: '61 3 * * *' }],
    [{ cron: '0 3 30 2 *' }],
    [{ cron: 'x x x x x' }],
    [{ cron: `0 3 * * ${'1,'.repeat(200)}1` }],
    [{ cron: '0 3 * * *', timeZone: 'Vienna' }],
    [{ cron: '2026-11-28T03:00:00' }],
  ])('%j is refused', (requested) => {
    expect(() => parseSchedule(requested)).toThrow(expect.objectContaining({ code: 'SCHEDULE_INVALID' }));
  });

  it('by interval is due once after missed times, and keeps its rhythm', () => {
    const schedule = { everyMs: 6 * HOUR_MS };
    expect(next(schedule, '2026-11-28T00:00')).toBe('2026-11-28T06:00');
    expect(next(schedule, '2026-11-28T06:10', '2026-11-28T06:00')).toBe('2026-11-28T12:00');
    expect(next(schedule, '2026-11-30T07:00', '2026-11-28T06:00')).toBe('2026-11-30T12:00');
    expect(next(schedule, '2026-11-28T06:00', '2026-11-28T06:00')).toBe('2026-11-28T12:00');
  });

  it('by pattern is due in its time zone, also when the clocks change', () => {
    const vienna = { cron: '30 2 * * *', timeZone: 'Europe/Vienna' };
    expect(next(vienna, '2026-11-28T00:00')).toBe('2026-11-28T01:30');
    expect(next(vienna, '2026-07-01T00:00')).toBe('2026-07-01T00:30');
    // At 02:00 the clocks go to 03:00: there is no 02:30, but the day is not left out.
    expect(next(vienna, '2026-03-28T12:00')).toBe('2026-03-29T01:00');
    expect(next(vienna, '2026-03-29T01:00')).toBe('2026-03-30T00:30');
    // There are two 02:30, of which one counts.
    expect(next(vienna, '2026-10-24T12:00')).toBe('2026-10-25T00:30');
    expect(next(vienna, '2026-10-25T00:30')).toBe('2026-10-26T01:30');
  });
});
