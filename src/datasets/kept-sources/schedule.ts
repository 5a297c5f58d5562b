import { Cron } from 'croner';
import { messageOf } from '../../common/index.ts';
import { scheduleInvalid } from '../datasets.errors.ts';

/** When something is due: again and again after an interval, or at the times of a pattern. */
export type Schedule =
  | { readonly everyMs: number }
  | {
      /** Five fields, as in `0 3 * * 1-5`: minute, hour, day of the month, month, day of the week. */
      readonly cron: string;
      /** A name of the IANA database, as in `Europe/Vienna`; null for that of the machine. */
      readonly timeZone: string | null;
    };

/** What somebody asks for: `every` or `cron`. */
export interface RequestedSchedule {
  /** A whole number with a unit: `30m`, `6h`, `1d`. */
  readonly every?: string;
  readonly cron?: string;
  readonly timeZone?: string;
}

const MINUTE_MS = 60_000;
const UNITS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: 60 * MINUTE_MS, d: 24 * 60 * MINUTE_MS };
const LONGEST_MS = 366 * 24 * 60 * MINUTE_MS;
const LONGEST_PATTERN = 200;

/** Throws `SCHEDULE_INVALID`. */
export function parseSchedule({ every, cron, timeZone }: RequestedSchedule): Schedule {
  if ((every === undefined) === (cron === undefined)) {
    throw scheduleInvalid('Give either an interval, such as 6h, or a cron pattern.');
  }
  if (every !== undefined) {
    if (timeZone !== undefined) throw scheduleInvalid('Only a cron pattern has a time zone.');
    return { everyMs: parseInterval(every) };
  }
  const schedule = { cron: (cron ?? '').trim().replace(/\s+/g, ' '), timeZone: timeZone ?? null };
  if (schedule.timeZone !== null) assertTimeZone(schedule.timeZone);
  if (schedule.cron.length > LONGEST_PATTERN || schedule.cron.split(' ').length !== 5) {
    throw scheduleInvalid('A cron pattern has five fields, as in "0 3 * * *" for every day at three.');
  }
  let next: Date | null;
  try {
    next = cronOf(schedule).nextRun();
  } catch (error) {
    throw scheduleInvalid(`The cron pattern cannot be read: ${messageOf(error)}`);
  }
  if (next === null) throw scheduleInvalid('The cron pattern never comes due.');
  return schedule;
}

/** The first time after `now` that a schedule is due. An interval counts from when it was last due, if that is given. */
export function nextRunOf(schedule: Schedule, now: Date, lastDue?: Date): Date {
  if ('everyMs' in schedule) {
    const { everyMs } = schedule;
    const from = (lastDue ?? now).getTime();
    const missed = Math.max(0, Math.floor((now.getTime() - from) / everyMs));
    return new Date(from + (missed + 1) * everyMs);
  }
  const next = cronOf(schedule).nextRun(now);
  if (next === null) throw new Error(`The pattern ${schedule.cron} never comes due`);
  return next;
}

/** A schedule as people write it. */
export interface ShownSchedule {
  /** `6h`; null for a pattern. */
  readonly every: string | null;
  /** Null for an interval. */
  readonly cron: string | null;
  readonly timeZone: string | null;
}

export function shownSchedule(schedule: Schedule): ShownSchedule {
  if ('cron' in schedule) return { every: null, ...schedule };
  return { every: shownInterval(schedule.everyMs), cron: null, timeZone: null };
}

/** In the largest unit that divides it. */
function shownInterval(everyMs: number): string {
  const unit = ['d', 'h', 'm'].find((name) => everyMs % (UNITS[name] ?? 1) === 0) ?? 'm';
  return `${everyMs / (UNITS[unit] ?? 1)}${unit}`;
}

function parseInterval(text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})\s*([mhd])$/.exec(text.trim()) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? Number.NaN);
  if (ms >= MINUTE_MS && ms <= LONGEST_MS) return ms;
  throw scheduleInvalid(
    'An interval is a whole number of minutes, hours or days, as in 30m, 6h or 1d: one minute to 366 days.',
  );
}

function assertTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw scheduleInvalid(
      `There is no time zone ${JSON.stringify(timeZone.slice(0, 60))}. Name one such as Europe/Vienna or UTC.`,
    );
  }
}

function cronOf({ cron, timeZone }: { readonly cron: string; readonly timeZone: string | null }): Cron {
  return new Cron(cron, {
    paused: true,
    mode: '5-part',
    ...(timeZone === null ? {} : { timezone: timeZone }),
  });
}
