import type { Image } from '../../../datasets/index.ts';
import type { SimilarImageHit, SimilarImages } from '../../../search/index.ts';
import type { Apps } from '../../open-apps.ts';
import { coloured } from '../../terminal/colour.ts';
import { printable } from '../../terminal/printable.ts';
import { formatTable, type Column } from '../../terminal/table.ts';

/** What a search has found for one picture. */
export interface Answer extends Pick<SimilarImages, 'hits' | 'tookMs'> {
  /** The picture, as the user named it. */
  readonly query: string;
}

/** Names of labels by their keys. */
export type LabelNames = ReadonlyMap<string, string>;

export interface HitFormat {
  readonly labelNames: LabelNames;
  readonly collapseDuplicates: boolean;
}

/** One JSON object per hit. */
export function hitsAsJson(apps: Apps, { query, hits }: Answer, { collapseDuplicates }: HitFormat): string {
  return hits
    .map(({ rank, score, image, duplicateIds }) => ({
      query,
      rank,
      score,
      imageId: String(image.id),
      externalId: image.externalId,
      fileName: image.fileName,
      labels: image.labels,
      attributes: image.attributes,
      path: apps.images.locate(image),
      ...(collapseDuplicates && { duplicateIds: duplicateIds.map(String) }),
    }))
    .map((hit) => `${JSON.stringify(hit)}\n`)
    .join('');
}

const COLUMNS: readonly Column[] = [
  { header: 'rank', align: 'right' },
  { header: 'score', align: 'right' },
  { header: 'image', shrinks: true },
  { header: 'file', shrinks: true },
  { header: 'labels', shrinks: true },
];
const DUPLICATES: Column = { header: 'duplicates', align: 'right' };

/** A table of the hits, or "no hits", below the name of the picture if it is one of several. */
export function hitsAsTable({ query, hits }: Answer, format: HitFormat, isOneOfMany: boolean): string {
  const columns = format.collapseDuplicates ? [...COLUMNS, DUPLICATES] : COLUMNS;
  const title = isOneOfMany ? `${coloured(['bold', 'cyan'], printable(query), process.stdout)}\n` : '';
  if (hits.length === 0) return `${title}no hits\n`;
  const table = formatTable(
    columns,
    hits.map((hit) => cellsOf(hit, format.labelNames)),
  );
  return `${title}${table}`;
}

/** What people call the labels of an image. */
export function namesOf({ labels }: Image, labelNames: LabelNames): string {
  return labels.map((label) => labelNames.get(label) ?? label).join(', ');
}

function cellsOf({ rank, score, image, duplicateIds }: SimilarImageHit, labelNames: LabelNames): string[] {
  const { externalId, fileName } = image;
  return [
    String(rank),
    score.toFixed(4),
    externalId,
    fileName,
    namesOf(image, labelNames),
    String(duplicateIds.length),
  ];
}
