import type { AddSourceInput, ImportDatasetInput } from '../../api/generated/graphql.ts';
import { bytes, counted } from '../../ui/numbers.ts';
import { scheduleInput, type Timing } from '../sources/timing.ts';
import { datasetNameFrom, type Picked } from './picked-files.ts';

/** Names of datasets and sources. */
export const NAME = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/;

/** Where a dataset comes from. */
export type ImportSource =
  | { readonly kind: 'files'; readonly picked: Picked }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'folder' | 'file'; readonly path: string }
  /** Files that were sent before the page was loaded again. */
  | { readonly kind: 'sent' };

/** The dataset, the part of the files or the URL that an import takes, and what becomes of the images that are there. */
export interface ImportPlan {
  readonly dataset: string;
  /** The path of the annotation file; null if the folders are the labels. */
  readonly annotations: string | null;
  readonly mode: 'ADD' | 'SYNC';
  /** Under which name the source is kept, and when it is synchronised with; null if it is not kept. */
  readonly keep: { readonly name: string; readonly timing: Timing } | null;
}

/** Whether it can be read again at any time, and so be kept. */
export function isLasting({ kind }: ImportSource): boolean {
  return kind === 'url' || kind === 'folder' || kind === 'file';
}

/** What to begin with: a name that fits, and the likeliest annotation file. */
export function firstPlan(source: ImportSource, into: string | undefined): ImportPlan {
  const plan = { annotations: null, mode: 'ADD', keep: null } as const;
  if (source.kind === 'sent') return { ...plan, dataset: into ?? '' };
  if (source.kind === 'url') {
    const { pathname, hostname } = new URL(source.url);
    const named = datasetNameFrom(lastPart(pathname)) || datasetNameFrom(hostname);
    return { ...plan, dataset: into ?? named };
  }
  if (source.kind !== 'files') return { ...plan, dataset: into ?? datasetNameFrom(lastPart(source.path)) };
  const { annotations, folder } = source.picked;
  const [first] = annotations;
  const named = folder ?? lastPart(first?.path ?? '');
  return { ...plan, dataset: into ?? datasetNameFrom(named), annotations: first?.path ?? null };
}

function lastPart(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? '';
}

/** What is imported, as a sentence. */
export function describeSource(source: ImportSource): string {
  if (source.kind === 'url') return source.url;
  if (source.kind === 'sent') return 'The files that have been sent';
  if (source.kind !== 'files') return `The ${source.kind} ${source.path} of the server`;
  const { pictures, others } = source.picked;
  const size = pictures.reduce((sum, { file }) => sum + file.size, 0);
  const rest = others > 0 ? `. ${counted(others, 'other file is', 'other files are')} left out.` : '';
  return `${counted(pictures.length, 'picture')}, ${bytes(size)}${rest}`;
}

/** The plan as the API takes it. */
export function importInput(
  source: ImportSource,
  { dataset, annotations, mode }: ImportPlan,
  stage: string | undefined,
  attributes: readonly string[],
): ImportDatasetInput {
  return {
    dataset,
    format: 'AUTO',
    mode,
    ...placeOf(source, annotations, stage),
    ...(attributes.length > 0 && { attributes: attributes.map((name) => ({ name, ...columnOf(name) })) }),
  };
}

/** What is kept of a source, as the API takes it. */
export function sourceInput(
  { name, timing }: NonNullable<ImportPlan['keep']>,
  source: ImportSource,
  input: ImportDatasetInput,
): AddSourceInput {
  const watch = timing.watch && source.kind !== 'url';
  return { name, import: input, schedule: scheduleInput(timing), watch };
}

function placeOf(source: ImportSource, annotations: string | null, stage: string | undefined) {
  switch (source.kind) {
    case 'url':
      return { annotationsUrl: source.url };
    case 'folder':
      return { directoryPath: source.path };
    case 'file':
      return { annotationsPath: source.path };
    case 'files':
    case 'sent':
      return { stage: stage!, ...(annotations !== null && { stageAnnotations: annotations }) };
  }
}

/** A column whose name is not one for an attribute gets one. */
function columnOf(column: string): { name?: string; column?: string } {
  const name = column
    .replace(/[^\w-]+/g, '_')
    .replace(/^(?![A-Za-z_])/, '_')
    .slice(0, 64);
  return name === column ? {} : { name, column };
}
