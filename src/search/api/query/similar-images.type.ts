import { createUnionType, Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { PageInfo } from '../../../common/index.ts';
import { AttributeValueScalar, ImageType, RelationKind } from '../../../datasets/index.ts';
import { EmbeddingModelType } from '../../../embeddings/index.ts';
import type { AttributeValue } from '../../../filters/index.ts';
import { facetsCost, facetValuesCost, RELATION, viewsCost } from './search-cost.ts';

@ObjectType('SimilarImageView', { description: 'A view of a group beside the best one.' })
export class SimilarImageViewType {
  @Field(() => Float, { description: 'As of a hit.' })
  score!: number;

  @Field(() => Float, { nullable: true, description: 'As of a hit.' })
  confidence!: number | null;

  @Field(() => ImageType)
  image!: ImageType;
}

registerEnumType(RelationKind, {
  name: 'RelationKind',
  description: 'How an image is related to the picture that was searched with.',
  valuesMap: {
    SAME_FILE: { description: 'It has the same bytes.' },
    NEAR_DUPLICATE: {
      description:
        'It looks the same, as a copy that was scaled or saved again does: the perceptual hashes differ in at most 8 of 64 bits.',
    },
    SIMILAR: { description: 'It is another picture, however similar.' },
  },
});

@ObjectType('HitRelation', {
  description:
    'How a hit is related to the picture that was searched with; of several examples with a positive weight, to the one which it is closest to.',
})
export class HitRelationType {
  @Field(() => RelationKind)
  kind!: RelationKind;

  @Field(() => Int, {
    nullable: true,
    description:
      'In how many of 64 bits the perceptual hashes differ; null if one of the pictures shows too little to have one.',
  })
  distance!: number | null;
}

@ObjectType('SimilarImageHit', { description: 'An image that looks similar to the query.' })
export class SimilarImageHitType {
  @Field(() => Int, { description: 'The position of the hit on all pages together, starting at 1.' })
  rank!: number;

  @Field(() => Float, {
    description: 'The cosine similarity of the embeddings, -1 to 1. The same picture has 1.',
  })
  score!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'The probability that the image shares a label with the query, 0 to 1, as the labels of the dataset tell. Null if its index has not been calibrated, because too few images have labels, and for several examples.',
  })
  confidence!: number | null;

  @Field(() => ImageType)
  image!: ImageType;

  @Field(() => HitRelationType, {
    complexity: RELATION,
    description: 'Compares the whole files, also if a region was searched with.',
  })
  relation!: Promise<HitRelationType>;

  @Field(() => [ID], {
    description:
      'With `collapseDuplicates`, the duplicates of this image that were left out, by descending score.',
  })
  duplicateIds!: string[];

  @Field(() => AttributeValueScalar, {
    nullable: true,
    description: 'With `groupBy`, the value that the group has in common; null if the image has none.',
  })
  group!: AttributeValue | null;

  @Field(() => [SimilarImageViewType], {
    complexity: viewsCost,
    description: 'With `groupBy`, the next best images of the group, by descending score.',
  })
  views!: SimilarImageViewType[];
}

@ObjectType('SimilarImageEdge', { description: 'A hit, with its place in the ranking.' })
export class SimilarImageEdgeType {
  @Field(() => SimilarImageHitType)
  node!: SimilarImageHitType;

  @Field(() => String)
  cursor!: string;
}

@ObjectType('SearchFacetValue', { description: 'A value and how many images have it.' })
export class SearchFacetValueType {
  @Field(() => AttributeValueScalar, {
    description: 'The value of the attribute (of a list, one of its strings), or the key of a label.',
  })
  value!: AttributeValue;

  @Field(() => String, { nullable: true, description: 'The name to display of a label.' })
  name!: string | null;

  @Field(() => Int, {
    description: 'The number of images in the datasets that have it and pass the filter.',
  })
  count!: number;

  @Field(() => Int, { description: 'The number of hits in this answer that have it.' })
  hitCount!: number;
}

@ObjectType('SearchFacet', { description: 'The commonest values of an attribute, or the commonest labels.' })
export class SearchFacetType {
  @Field(() => String, { nullable: true, description: 'The attribute; null for labels.' })
  attribute!: string | null;

  @Field(() => [SearchFacetValueType], {
    complexity: facetValuesCost,
    description: 'The commonest first.',
  })
  values!: SearchFacetValueType[];
}

@ObjectType('SimilarImages', {
  description:
    'The hits of a search, one page of them at a time. No image is on two pages and none is left out while the catalogue changes: a deleted image disappears, and one that was added may be missing. ' +
    'A hit that the search for an earlier page overlooked follows on a later one, whatever its score.',
})
export class SimilarImagesType {
  @Field(() => [SimilarImageEdgeType], { description: 'By descending score.' })
  edges!: SimilarImageEdgeType[];

  @Field(() => [SimilarImageHitType], {
    description: 'The nodes of the edges, for those who need no cursors.',
  })
  nodes!: SimilarImageHitType[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;

  @Field(() => [SearchFacetType], {
    complexity: facetsCost,
    description: 'In the order of the argument.',
  })
  facets!: SearchFacetType[];

  @Field(() => EmbeddingModelType, {
    description: 'The model with which the query and the hits were embedded.',
  })
  model!: EmbeddingModelType;

  @Field(() => Boolean, {
    description: 'Whether every candidate was compared, as opposed to walking a graph.',
  })
  exact!: boolean;

  @Field(() => Float, { description: 'The time from the query to the hits, in milliseconds.' })
  tookMs!: number;
}

@ObjectType('SearchRejection', {
  description: 'Why a search of a batch has no answer. The other searches are not affected.',
})
export class SearchRejectionType {
  @Field(() => String)
  code!: string;

  @Field(() => String)
  message!: string;
}

export const SimilarImagesResult = createUnionType({
  name: 'SimilarImagesResult',
  description: 'The answer to one search of a batch, or why there is none.',
  types: () => [SimilarImagesType, SearchRejectionType] as const,
  resolveType: (value: object) => ('code' in value ? SearchRejectionType : SimilarImagesType),
});

@ObjectType('Embedding', { description: 'The vector that a model computes from a picture.' })
export class EmbeddingType {
  @Field(() => [Float], { description: 'The vector, of unit length.' })
  vector!: number[];

  @Field(() => EmbeddingModelType)
  model!: EmbeddingModelType;
}
