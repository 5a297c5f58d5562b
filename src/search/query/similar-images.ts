import type { Image } from '../../datasets/index.ts';
import type { ModelIdentity, Region } from '../../embeddings/index.ts';

/** What to look for: exactly one of the three. */
export type QueryPicture =
  | { readonly bytes: Uint8Array; readonly region?: Region }
  | { readonly imageId: number; readonly region?: Region };

/** An image that is searched with is not among its own hits. */
export function excludedBy(by: QueryPicture): number | undefined {
  return 'imageId' in by ? by.imageId : undefined;
}

export interface SimilarImagesQuery {
  readonly by: QueryPicture;
  /** Datasets to search; all that are indexed where it is absent. */
  readonly datasetIds?: readonly number[];
  /** How many to find, 1 to 1,000. */
  readonly k: number;
  /** Only images with at least one of these labels. */
  readonly labels?: readonly string[];
  /** Leaves out hits whose cosine similarity, -1 to 1, is lower. */
  readonly minScore?: number;
  /** Of hits that are duplicates of one another, keeps the best only. */
  readonly collapseDuplicates?: boolean;
}

export interface SimilarImageHit {
  /** From 1. */
  readonly rank: number;
  /** Cosine similarity of the embeddings, -1 to 1. */
  readonly score: number;
  readonly image: Image;
  /** Duplicates of it that were left out, by falling score; empty unless they are collapsed. */
  readonly duplicateIds: readonly number[];
}

export interface SimilarImages {
  readonly hits: readonly SimilarImageHit[];
  readonly model: ModelIdentity;
  /** Whether every candidate was compared, rather than a graph walked. */
  readonly exact: boolean;
  readonly tookMs: number;
}
