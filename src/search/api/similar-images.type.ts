import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { ImageType } from '../../datasets/index.ts';
import { EmbeddingModelType } from '../../embeddings/index.ts';

@ObjectType('SimilarImageHit', { description: 'An image that looks similar to the query.' })
export class SimilarImageHitType {
  @Field(() => Int, { description: 'The position of the hit, starting at 1.' })
  rank!: number;

  @Field(() => Float, {
    description: 'The cosine similarity of the embeddings, -1 to 1. The same picture has 1.',
  })
  score!: number;

  @Field(() => ImageType)
  image!: ImageType;

  @Field(() => [ID], {
    description:
      'With `collapseDuplicates`, the duplicates of this image that were left out, by descending score.',
  })
  duplicateIds!: string[];
}

@ObjectType('SimilarImages', { description: 'The answer to a search.' })
export class SimilarImagesType {
  @Field(() => [SimilarImageHitType], { description: 'By descending score.' })
  hits!: SimilarImageHitType[];

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

@ObjectType('Embedding', { description: 'The vector that a model computes from a picture.' })
export class EmbeddingType {
  @Field(() => [Float], { description: 'The vector, of unit length.' })
  vector!: number[];

  @Field(() => EmbeddingModelType)
  model!: EmbeddingModelType;
}
