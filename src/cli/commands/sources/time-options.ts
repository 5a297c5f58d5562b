import type { Command } from 'commander';
import type { RequestedSchedule } from '../../../datasets/index.ts';

export interface TimeOptions {
  readonly every?: string;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly watch?: boolean;
  /** False with `--no-schedule`. */
  readonly schedule?: boolean;
}

/** Adds the options that say when the server synchronises with a source. */
export function addTimeOptions(command: Command): Command {
  return command
    .option('--every <interval>', 'let the server synchronise at this interval, as in 30m, 6h or 1d')
    .option('--cron <pattern>', 'let the server synchronise at these times, as in "0 3 * * *"')
    .option('--time-zone <name>', "with --cron: the time zone, as in Europe/Vienna (default: the server's)")
    .option('--watch', 'let the server synchronise when the folder or file has changed');
}

/** Undefined if no option says anything about a schedule, null if it is turned off. */
export function scheduleOf({
  every,
  cron,
  timeZone,
  schedule = true,
}: TimeOptions): RequestedSchedule | null | undefined {
  if (!schedule) return null;
  if (every === undefined && cron === undefined && timeZone === undefined) return undefined;
  return {
    ...(every === undefined ? {} : { every }),
    ...(cron === undefined ? {} : { cron }),
    ...(timeZone === undefined ? {} : { timeZone }),
  };
}
