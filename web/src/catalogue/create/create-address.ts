import { datasetAddress, NEW_DATASET } from '../addresses.ts';
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
  if (stage !== undefined) parts.set('stage', stage);
  if (into === undefined) parts.set('name', plan.dataset);
  if (plan.annotations !== null) parts.set('annotations', plan.annotations);
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
  if (stepOf(query) === 'source' || (stage === null && !isUrl)) return undefined;
  const source: ImportSource = isUrl ? { kind: 'url', url } : { kind: 'sent' };
  const plan = {
    dataset: into ?? parts.get('name') ?? firstPlan(source, into).dataset,
    annotations: parts.get('annotations'),
  };
  return { source, plan, ...(stage !== null && { stage }) };
}
