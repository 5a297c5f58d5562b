import { globalId, type PageInfo } from '../../../common/index.ts';
import { toImageType, type ImageType, type Relation } from '../../../datasets/index.ts';
import type { EmbeddingModelDescriptions, EmbeddingModelType } from '../../../embeddings/index.ts';
import type { AttributeValue } from '../../../filters/index.ts';
import type { SimilarImageHit, SimilarImages } from '../../query/similar-images.ts';
import type {
  SearchFacetType,
  SimilarImageEdgeType,
  SimilarImageHitType,
  SimilarImagesType,
  SimilarImageViewType,
} from './similar-images.type.ts';

/** The API's view of a search. Clients rarely ask for everything, so each field is computed when it is read. */
export class FoundImages implements SimilarImagesType {
  readonly nodes: SimilarImageHitType[];
  private readonly found: SimilarImages;
  private readonly models: EmbeddingModelDescriptions;

  constructor(found: SimilarImages, models: EmbeddingModelDescriptions) {
    this.nodes = found.hits.map((hit, at) => new FoundHit(hit, async () => (await found.relations())[at]!));
    this.found = found;
    this.models = models;
  }

  get edges(): SimilarImageEdgeType[] {
    return this.found.hits.map(({ cursor }, at) => ({ node: this.nodes[at]!, cursor }));
  }

  get pageInfo(): PageInfo {
    const { hits, hasMore } = this.found;
    return {
      hasNextPage: hasMore,
      hasPreviousPage: (hits[0]?.rank ?? 1) > 1,
      startCursor: hits[0]?.cursor ?? null,
      endCursor: hits.at(-1)?.cursor ?? null,
    };
  }

  get facets(): SearchFacetType[] {
    return this.found.facets.map(({ attribute, values }) => ({ attribute, values: [...values] }));
  }

  get model(): EmbeddingModelType {
    return this.models.describe(this.found.model);
  }

  get exact(): boolean {
    return this.found.exact;
  }

  get tookMs(): number {
    return this.found.tookMs;
  }
}

class FoundHit implements SimilarImageHitType {
  private readonly hit: SimilarImageHit;
  private readonly relate: () => Promise<Relation>;

  constructor(hit: SimilarImageHit, relate: () => Promise<Relation>) {
    this.hit = hit;
    this.relate = relate;
  }

  get rank(): number {
    return this.hit.rank;
  }

  get score(): number {
    return this.hit.score;
  }

  get confidence(): number | null {
    return this.hit.confidence;
  }

  get image(): ImageType {
    return toImageType(this.hit.image);
  }

  get relation(): Promise<Relation> {
    return this.relate();
  }

  get duplicateIds(): string[] {
    return this.hit.duplicateIds.map((row) => globalId('Image', row));
  }

  get group(): AttributeValue | null {
    return this.hit.group;
  }

  get views(): SimilarImageViewType[] {
    return this.hit.views.map(({ image, ...view }) => ({ ...view, image: toImageType(image) }));
  }
}
