import type { Image, Relation, RelationKind } from '../../../datasets/index.ts';
import type { SimilarImageHit, SimilarImages } from '../../../search/index.ts';
import type { Apps } from '../../open-apps.ts';
import { coloured } from '../../terminal/colour.ts';
import { printable } from '../../terminal/printable.ts';
import { formatTable, type Column } from '../../terminal/table.ts';

/** What a search has found for one picture. */
export interface Answer extends Pick<SimilarImages, 'hits' | 'tookMs'> {
  /** The picture, as the user named it. */
  readonly query: string;
  /** How each hit is related to the picture, in the order of the hits. */
  readonly relations: readonly Relation[];
}

export interface HitFormat {
  readonly collapseDuplicates: boolean;
}

/** One JSON object per hit. */
export function hitsAsJson(
  apps: Apps,
  { query, hits, relations }: Answer,
  { collapseDuplicates }: HitFormat,
): string {
  return hits
    .map(({ rank, score, confidence, image, duplicateIds }, at) => ({
      query,
      rank,
      score,
      confidence,
      relation: relations[at]!,
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
  { header: 'confidence', align: 'right' },
  { header: 'relation' },
  { header: 'image', shrinks: true },
  { header: 'file', shrinks: true },
  { header: 'labels', shrinks: true },
];
const DUPLICATES: Column = { header: 'duplicates', align: 'right' };

/** A table of the hits, or "no hits", below the name of the picture if it is one of several. */
export function hitsAsTable(
  { query, hits, relations }: Answer,
  format: HitFormat,
  isOneOfMany: boolean,
): string {
  const columns = format.collapseDuplicates ? [...COLUMNS, DUPLICATES] : COLUMNS;
  const title = isOneOfMany ? `${coloured(['bold', 'cyan'], printable(query), process.stdout)}\n` : '';
  if (hits.length === 0) return `${title}no hits\n`;
  const rows = hits.map((hit, at) => cellsOf(hit, relations[at]!));
  // What is not known of any hit, or true of none, needs no column.
  const isShown = ({ header }: Column, at: number) =>
    (header !== 'confidence' && header !== 'relation') || rows.some((row) => row[at] !== '');
  const table = formatTable(
    columns.filter(isShown),
    rows.map((row) => row.filter((_cell, at) => columns[at] !== undefined && isShown(columns[at], at))),
  );
  return `${title}${table}`;
}

/** What people call the labels of an image. */
export function namesOf({ labelNames }: Image): string {
  return labelNames.join(', ');
}

function cellsOf(
  { rank, score, confidence, image, duplicateIds }: SimilarImageHit,
  relation: Relation,
): string[] {
  const { externalId, fileName } = image;
  return [
    String(rank),
    score.toFixed(4),
    confidence === null ? '' : confidenceText(confidence),
    relationWords(relation),
    externalId,
    fileName,
    namesOf(image),
    String(duplicateIds.length),
  ];
}

/** Empty for another picture, so that copies stand out. */
export function relationWords({ kind, distance }: Relation): string {
  // The enum itself would load the apps.
  const name: `${RelationKind}` = kind;
  if (name === 'SAME_FILE') return 'same file';
  return name === 'NEAR_DUPLICATE' ? `near duplicate (${distance ?? 0})` : '';
}

/** Nothing is certain, so that what would be rounded to 1 is not. */
export function confidenceText(confidence: number): string {
  return Math.min(confidence, 0.99).toFixed(2);
}
