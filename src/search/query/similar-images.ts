import type { FacetRequest, Image, Relation } from '../../datasets/index.ts';
import type { ModelIdentity, Region } from '../../embeddings/index.ts';
import type { AttributeValue, FilterRequest } from '../../filters/index.ts';

/** The limits of a search. */
export const SEARCH_LIMITS = {
  /** Hits on one page. */
  hits: 1_000,
  /** Hits on all pages together. */
  depth: 10_000,
  /** Examples to search with. */
  examples: 20,
  /** Other views of a group. */
  views: 10,
  facets: 10,
  /** Values of a facet. */
  facetValues: 100,
  /** Searches of a batch. */
  searches: 100,
  /** Pictures that a batch searches with. */
  pictures: 200,
} as const;

/** Where a picture to search with comes from. */
export type PictureSource =
  | { readonly bytes: Uint8Array }
  /** `url` names what is opened; without one, the bytes are read to tell two searches apart. */
  | { readonly open: (signal?: AbortSignal) => Promise<Uint8Array>; readonly url?: string }
  /** An image of the catalogue. */
  | { readonly imageId: number }
  | { readonly queryPictureId: string }
  /** Words. Only models with a text tower can compare them with pictures. */
  | { readonly text: string }
  /** What is kept of a picture: its unit vector under the networks of the indexes, without a projection. */
  | { readonly features: Float32Array };

/** A picture to search with, or a region of it. */
export type SearchPicture = PictureSource & { readonly region?: Region };

/** A picture that hits shall resemble if its weight is positive, and shall not if it is negative. */
export type Example = SearchPicture & { readonly weight: number };

/** What to search with: one picture or several examples. */
export type SearchBy = SearchPicture | { readonly examples: readonly Example[] };

export interface SimilarImagesQuery {
  readonly by: SearchBy;
  /** The datasets to search. All indexed datasets if omitted. */
  readonly datasetIds?: readonly number[];
  /** The number of hits, 1 to 1,000. */
  readonly k: number;
  /** The cursor of a hit: the hits that follow it, up to 10,000 from the first. From the first hit if omitted. */
  readonly after?: string;
  /** Only images that it selects. */
  readonly filter?: FilterRequest;
  /** Leaves out hits with a lower cosine similarity, -1 to 1. */
  readonly minScore?: number;
  /** Leaves out hits with a lower confidence, 0 to 1. All indexes must have been calibrated. */
  readonly minConfidence?: number;
  /** Keeps only the best of the hits that are duplicates of each other. */
  readonly collapseDuplicates?: boolean;
  /** Keeps only the best of the hits with the same value of an attribute, and up to 10 others as its views. */
  readonly groupBy?: { readonly attribute: string; readonly views: number };
  /** What to count, up to 10 attributes, with 1 to 100 values each. */
  readonly facets?: readonly FacetRequest[];
}

/** One of the views of a group, other than the best. */
export interface View {
  /** Cosine similarity of the embeddings, -1 to 1. */
  readonly score: number;
  /**
   * The probability that the image shares a label with the query, 0 to 1. Null if the index of its dataset has not
   * been calibrated, and for several examples, whose scores mean something else.
   */
  readonly confidence: number | null;
  readonly image: Image;
}

export interface SimilarImageHit extends View {
  /** Starts at 1 with the first hit of the first page. */
  readonly rank: number;
  /** The duplicates of this hit that were left out, by descending score. Empty unless duplicates are collapsed. */
  readonly duplicateIds: readonly number[];
  /** The value that the hit's group has in common; null unless grouped, or if the image lacks the attribute. */
  readonly group: AttributeValue | null;
  /** The other views of the group, by descending score. Empty unless grouped. */
  readonly views: readonly View[];
  /** Made when it is read. */
  readonly cursor: string;
}

export interface FacetValue {
  /** The key of a label, or the value of an attribute; of a list, one of its strings. */
  readonly value: AttributeValue;
  /** The display name of a label; null for an attribute. */
  readonly name: string | null;
  /** The number of images in the datasets that have it and pass the filter. */
  readonly count: number;
  /** The number of hits that have it. */
  readonly hitCount: number;
}

export interface Facet {
  /** The attribute that was counted; null for labels. */
  readonly attribute: string | null;
  /** The commonest first. */
  readonly values: readonly FacetValue[];
}

export interface SimilarImages {
  readonly hits: readonly SimilarImageHit[];
  /**
   * How each hit is related to the picture that was searched with, or to that of the examples which it is closest to,
   * in the order of the hits. Computed once it is asked for, which has to decode pictures whose hashes are not known.
   */
  readonly relations: () => Promise<readonly Relation[]>;
  /** Whether there are hits after these, up to 10,000. */
  readonly hasMore: boolean;
  /** In the order of the request. */
  readonly facets: readonly Facet[];
  readonly model: ModelIdentity;
  /** Whether every candidate was compared, as opposed to walking a graph. */
  readonly exact: boolean;
  /** Milliseconds from the query to the hits. */
  readonly tookMs: number;
}
