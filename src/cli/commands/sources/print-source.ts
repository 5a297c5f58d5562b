import type { KeptSource, LastRun, ShownSchedule } from '../../../datasets/index.ts';
import type { Apps } from '../../open-apps.ts';
import type { CommonOptions } from '../../options.ts';
import { describeSync } from '../../print-sync.ts';

/** A source with how its last run went, as one line of JSON shows it. */
export async function summaryOf({ keptSources }: Apps, source: KeptSource) {
  // Loading the apps, which help must not.
  const { shownSchedule } = await import('../../../datasets/index.ts');
  const { name, request, schedule, watch, nextRunAt, problem, createdAt } = source;
  return {
    name,
    ...request,
    schedule: schedule && shownSchedule(schedule),
    watch,
    nextRunAt,
    lastRun: shownRun(await keptSources.lastRun(source)),
    problem,
    createdAt,
  };
}

export type SourceSummary = Awaited<ReturnType<typeof summaryOf>>;

function shownRun(run: LastRun | undefined) {
  if (run === undefined) return null;
  const { id, state, done, failed, error, startedAt, finishedAt } = run.job;
  return {
    jobId: String(id),
    state,
    done,
    failed,
    error,
    startedAt,
    finishedAt,
    counts: run.counts ?? null,
  };
}

/** Prints one object with `--json`, a few lines otherwise. */
export async function printSource(apps: Apps, source: KeptSource, { json }: CommonOptions): Promise<void> {
  const summary = await summaryOf(apps, source);
  process.stdout.write(json ? `${JSON.stringify(summary)}\n` : describe(summary));
}

function describe(summary: SourceSummary): string {
  const { name, dataset, source, labelIds, limit, maxFailures, sync } = summary;
  const { kind, ...reading } = source;
  const compare = sync?.compare?.toLowerCase();
  const options = { ...reading, labelIds, limit, maxFailures, ...sync, compare };
  const lines = [
    `${name}: ${kind}, dataset ${dataset}`,
    ...Object.entries(options)
      .filter(([, value]) => value !== undefined && value !== false)
      .map(([key, value]) => `  ${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`),
    `  synchronised: ${describeTimes(summary)}`,
    `  last run: ${describeRun(summary)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** "every 6h, next at 2026-11-28 03:00 UTC; when it changes", or "only when told". */
export function describeTimes({ schedule, watch, nextRunAt }: SourceSummary): string {
  const times = [
    ...(schedule === null ? [] : [`${describeSchedule(schedule)}, next at ${shownTime(nextRunAt)}`]),
    ...(watch ? ['when it changes'] : []),
  ];
  return times.length === 0 ? 'only when told' : times.join('; ');
}

function describeSchedule({ every, cron, timeZone }: ShownSchedule): string {
  if (every !== null) return `every ${every}`;
  return `${cron ?? ''}${timeZone === null ? '' : ` (${timeZone})`}`;
}

/** "succeeded at 2026-11-28 03:00 UTC: 12 added", or why there was none. */
export function describeRun({ lastRun, problem }: SourceSummary): string {
  if (problem !== null) return `could not start at ${shownTime(problem.at)}: ${problem.message}`;
  if (lastRun === null) return 'never';
  const { jobId, state, counts, error, finishedAt, failed } = lastRun;
  const when = finishedAt === null ? '' : ` at ${shownTime(finishedAt)}`;
  const what = [
    ...(error === null ? [] : [error.message]),
    ...(counts === null ? [] : [describeSync(counts).trim()]),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join('; ');
  return `${state.toLowerCase()}${when} (job ${jobId})${what === '' ? '' : `: ${what}`}`;
}

function shownTime(time: Date | null): string {
  return time === null ? '' : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
