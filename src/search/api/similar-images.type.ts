import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { ImageType } from '../../datasets/index.ts';
import { EmbeddingModelType } from '../../embeddings/index.ts';

@ObjectType('SimilarImageHit', { description: 'An image that looks like the query.' })
export class SimilarImageHitModel {
  @Field(() => Int, { description: 'From 1.' })
  rank!: number;

  @Field(() => Float, {
    description: 'Cosine similarity of the embeddings, -1 to 1; 1 for the same picture.',
  })
  score!: number;

  @Field(() => ImageType)
  image!: ImageType;

  @Field(() => [ID], {
    description: 'With `collapseDuplicates`: images that were left out for this one, by falling score.',
  })
  duplicateIds!: string[];
}

@ObjectType('SimilarImages')
export class SimilarImagesModel {
  @Field(() => [SimilarImageHitModel], { description: 'By falling score.' })
  hits!: SimilarImageHitModel[];

  @Field(() => EmbeddingModelType, { description: 'The model that embedded the query and the hits.' })
  model!: EmbeddingModelType;

  @Field(() => Boolean, { description: 'Whether every candidate was compared, rather than a graph walked.' })
  exact!: boolean;

  @Field(() => Float, { description: 'Milliseconds from the picture to the hits.' })
  tookMs!: number;
}

@ObjectType('Embedding', { description: 'What a network makes of a picture.' })
export class EmbeddingModelResult {
  @Field(() => [Float], { description: 'Of unit length.' })
  vector!: number[];

  @Field(() => EmbeddingModelType)
  model!: EmbeddingModelType;
}
