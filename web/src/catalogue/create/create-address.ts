import { datasetAddress, NEW_DATASET } from '../addresses.ts';
import { newTiming, type Timing } from '../sources/timing.ts';
import { firstPlan, type ImportPlan, type ImportSource } from './import-source.ts';

export type Step = 'source' | 'plan' | 'preview';

/** What is imported, and how. */
export interface Chosen {
  readonly source: ImportSource;
  readonly plan: ImportPlan;
  /** The files in the service, once they are there; undefined for a URL. */
  readonly stage?: string | undefined;
}

/** The address of a step, with what can be kept of it: a URL, or the files that the service has already. */
export function createAddress(into: string | undefined, step: Step, chosen?: Chosen): string {
  const base = into === undefined ? NEW_DATASET : datasetAddress(into, 'add');
  if (step === 'source' || chosen === undefined) return base;
  const { source, plan, stage } = chosen;
  const parts = new URLSearchParams({ step });
  if (source.kind === 'url') parts.set('url', source.url);
  if (source.kind === 'folder' || source.kind === 'file') parts.set(source.kind, source.path);
  if (stage !== undefined) parts.set('stage', stage);
  if (into === undefined) parts.set('name', plan.dataset);
  if (plan.annotations !== null) parts.set('annotations', plan.annotations);
  if (plan.mode === 'SYNC') parts.set('mode', 'sync');
  if (plan.keep !== null) writeKept(parts, plan.keep);
  return `${base}${into === undefined ? '&' : '?'}${parts.toString()}`;
}

/** The step that an address names. */
export function stepOf(query: string): Step {
  const step = new URLSearchParams(query).get('step');
  return step === 'plan' || step === 'preview' ? step : 'source';
}

/** What an address holds of an import; nothing of files that were only chosen. */
export function chosenOf(query: string, into: string | undefined): Chosen | undefined {
  const parts = new URLSearchParams(query);
  const [url, stage] = [parts.get('url'), parts.get('stage')];
  const isUrl = url !== null && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  const onServer = (['folder', 'file'] as const)
    .map((kind) => ({ kind, path: parts.get(kind) ?? '' }))
    .find(({ path }) => path !== '');
  if (stepOf(query) === 'source' || (stage === null && !isUrl && onServer === undefined)) return undefined;
  const source: ImportSource = isUrl ? { kind: 'url', url } : (onServer ?? { kind: 'sent' });
  const plan = {
    dataset: into ?? parts.get('name') ?? firstPlan(source, into).dataset,
    annotations: parts.get('annotations'),
    mode: parts.get('mode') === 'sync' ? ('SYNC' as const) : ('ADD' as const),
    keep: readKept(parts),
  };
  return { source, plan, ...(stage !== null && { stage }) };
}

const HOW: readonly Timing['how'][] = ['told', 'every', 'cron'];

function writeKept(parts: URLSearchParams, { name, timing }: NonNullable<ImportPlan['keep']>): void {
  const { how, every, cron, timeZone, watch } = timing;
  parts.set('keep', name);
  parts.set('when', how);
  if (how === 'every') parts.set('every', every);
  if (how === 'cron') {
    parts.set('cron', cron);
    parts.set('zone', timeZone);
  }
  if (watch) parts.set('watch', '');
}

function readKept(parts: URLSearchParams): ImportPlan['keep'] {
  const name = parts.get('keep');
  if (name === null) return null;
  const initial = newTiming();
  return {
    name,
    timing: {
      how: HOW.find((how) => how === parts.get('when')) ?? 'told',
      every: parts.get('every') ?? initial.every,
      cron: parts.get('cron') ?? initial.cron,
      timeZone: parts.get('zone') ?? initial.timeZone,
      watch: parts.has('watch'),
    },
  };
}
