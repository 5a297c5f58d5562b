import type { ImportDatasetInput } from '../../api/generated/graphql.ts';
import { bytes, counted } from '../../ui/numbers.ts';
import { datasetNameFrom, type Picked } from './picked-files.ts';

/** Where a dataset comes from. */
export type ImportSource =
  | { readonly kind: 'files'; readonly picked: Picked }
  | { readonly kind: 'url'; readonly url: string }
  /** Files that were sent before the page was loaded again. */
  | { readonly kind: 'sent' };

/** The dataset and the part of the files or the URL that an import takes. */
export interface ImportPlan {
  readonly dataset: string;
  /** The path of the annotation file; null if the folders are the labels. */
  readonly annotations: string | null;
}

/** What to begin with: a name that fits, and the likeliest annotation file. */
export function firstPlan(source: ImportSource, into: string | undefined): ImportPlan {
  if (source.kind === 'sent') return { dataset: into ?? '', annotations: null };
  if (source.kind === 'url') {
    const { pathname, hostname } = new URL(source.url);
    return {
      dataset: into ?? (datasetNameFrom(pathname.split('/').at(-1) ?? '') || datasetNameFrom(hostname)),
      annotations: null,
    };
  }
  const { annotations, folder } = source.picked;
  const [first] = annotations;
  const named = folder ?? first?.path.split('/').at(-1) ?? '';
  return { dataset: into ?? datasetNameFrom(named), annotations: first?.path ?? null };
}

/** What is imported, as a sentence. */
export function describeSource(source: ImportSource): string {
  if (source.kind === 'url') return source.url;
  if (source.kind === 'sent') return 'The files that have been sent';
  const { pictures, others } = source.picked;
  const size = pictures.reduce((sum, { file }) => sum + file.size, 0);
  const rest = others > 0 ? `. ${counted(others, 'other file is', 'other files are')} left out.` : '';
  return `${counted(pictures.length, 'picture')}, ${bytes(size)}${rest}`;
}

/** The plan as the API takes it. */
export function importInput(
  source: ImportSource,
  { dataset, annotations }: ImportPlan,
  stage: string | undefined,
  attributes: readonly string[],
): ImportDatasetInput {
  return {
    dataset,
    format: 'AUTO',
    ...(source.kind === 'url'
      ? { annotationsUrl: source.url }
      : { stage: stage!, ...(annotations !== null && { stageAnnotations: annotations }) }),
    ...(attributes.length > 0 && { attributes: attributes.map((name) => ({ name, ...columnOf(name) })) }),
  };
}

/** A column whose name is not one for an attribute gets one. */
function columnOf(column: string): { name?: string; column?: string } {
  const name = column
    .replace(/[^\w-]+/g, '_')
    .replace(/^(?![A-Za-z_])/, '_')
    .slice(0, 64);
  return name === column ? {} : { name, column };
}
