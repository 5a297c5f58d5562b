import type { SourceFieldsFragment, SourceScheduleInput } from '../../api/generated/graphql.ts';
import { counted } from '../../ui/numbers.ts';

/** When a source is synchronised with, as a form has it: what belongs to another `how` is kept meanwhile. */
export interface Timing {
  readonly how: 'told' | 'every' | 'cron';
  readonly every: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly watch: boolean;
}

export function newTiming(): Timing {
  return {
    how: 'told',
    every: '6h',
    cron: '0 3 * * *',
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    watch: false,
  };
}

export function timingOf({ schedule, watch }: Pick<SourceFieldsFragment, 'schedule' | 'watch'>): Timing {
  const initial = { ...newTiming(), watch };
  if (schedule === null) return initial;
  const { every, cron, timeZone } = schedule;
  return every === null
    ? { ...initial, how: 'cron', cron: cron ?? '', timeZone: timeZone ?? '' }
    : { ...initial, how: 'every', every };
}

/** The schedule as the API takes it; null for none. */
export function scheduleInput({ how, every, cron, timeZone }: Timing): SourceScheduleInput | null {
  if (how === 'every') return { every: every.trim() };
  if (how === 'cron')
    return { cron: cron.trim(), ...(timeZone.trim() !== '' && { timeZone: timeZone.trim() }) };
  return null;
}

const UNITS: Record<string, string> = { m: 'minute', h: 'hour', d: 'day' };

/** `Every 6 hours, and when something changes` */
export function timingWords({ schedule, watch }: Pick<SourceFieldsFragment, 'schedule' | 'watch'>): string {
  const times = schedule === null ? undefined : scheduleWords(schedule);
  if (times === undefined) return watch ? 'When something changes' : 'Only when told';
  return watch ? `${times}, and when something changes` : times;
}

function scheduleWords({ every, cron, timeZone }: NonNullable<SourceFieldsFragment['schedule']>): string {
  if (every === null) return `At the times ${cron ?? ''}${timeZone === null ? '' : ` in ${timeZone}`}`;
  const unit = UNITS[every.slice(-1)] ?? 'minute';
  const amount = Number(every.slice(0, -1));
  return `Every ${amount === 1 ? unit : counted(amount, unit)}`;
}
