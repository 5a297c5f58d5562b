import type { Image } from '../../datasets/index.ts';
import type { ModelIdentity, Region } from '../../embeddings/index.ts';

/** The picture to search with: its bytes, or an image of the catalogue. */
export type QueryPicture =
  | { readonly bytes: Uint8Array; readonly region?: Region }
  | { readonly imageId: number; readonly region?: Region };

/** The image to leave out of the hits: the one that is searched with. */
export function excludedBy(by: QueryPicture): number | undefined {
  return 'imageId' in by ? by.imageId : undefined;
}

export interface SimilarImagesQuery {
  readonly by: QueryPicture;
  /** The datasets to search. All indexed datasets if omitted. */
  readonly datasetIds?: readonly number[];
  /** The number of hits, 1 to 1,000. */
  readonly k: number;
  /** Only images with at least one of these labels. */
  readonly labels?: readonly string[];
  /** Leaves out hits with a lower cosine similarity, -1 to 1. */
  readonly minScore?: number;
  /** Keeps only the best of the hits that are duplicates of each other. */
  readonly collapseDuplicates?: boolean;
}

export interface SimilarImageHit {
  /** Starts at 1. */
  readonly rank: number;
  /** Cosine similarity of the embeddings, -1 to 1. */
  readonly score: number;
  readonly image: Image;
  /** The duplicates of this hit that were left out, by descending score. Empty unless duplicates are collapsed. */
  readonly duplicateIds: readonly number[];
}

export interface SimilarImages {
  readonly hits: readonly SimilarImageHit[];
  readonly model: ModelIdentity;
  /** Whether every candidate was compared, as opposed to walking a graph. */
  readonly exact: boolean;
  /** Milliseconds from the query to the hits. */
  readonly tookMs: number;
}
