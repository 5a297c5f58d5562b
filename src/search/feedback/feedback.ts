import type { Region } from '../../embeddings/index.ts';

/** What somebody thinks of a hit. */
export enum Verdict {
  RELEVANT = 'RELEVANT',
  NOT_RELEVANT = 'NOT_RELEVANT',
  CHOSEN = 'CHOSEN',
}

/** What was searched with: an image of the catalogue, or a picture that may no longer exist; or a region of it. */
export type JudgedQuery = ({ readonly imageId: number } | { readonly pictureSha256: string }) & {
  readonly region?: Region;
};

/** A verdict about one image as the answer to one query. */
export interface Feedback {
  readonly id: number;
  /** The dataset of the image. */
  readonly datasetId: number;
  readonly query: JudgedQuery;
  readonly imageId: number;
  readonly verdict: Verdict;
  /** Who judged, as far as the client says so. */
  readonly clientKey: string | null;
  readonly judgedAt: Date;
}

/** Equal for the same query, as the tables have it. */
export function queryKeyOf(query: JudgedQuery): string {
  const { region } = query;
  const part = region === undefined ? '' : [region.x, region.y, region.width, region.height].join(',');
  return 'imageId' in query ? `image:${query.imageId}:${part}` : `picture:${query.pictureSha256}:${part}`;
}

/** The counterpart of `queryKeyOf`. */
export function queryOfKey(key: string): JudgedQuery {
  const [kind, value = '', part = ''] = key.split(':');
  const [x = 0, y = 0, width = 1, height = 1] = part.split(',').map(Number);
  const region = part === '' ? {} : { region: { x, y, width, height } };
  return kind === 'image' ? { imageId: Number(value), ...region } : { pictureSha256: value, ...region };
}
