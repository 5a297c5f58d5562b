import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { EmbeddingModelType } from '../../embeddings/index.ts';

@ObjectType('MeasuredShare', { description: 'A mean with its 95 % bootstrap interval, each from 0 to 1.' })
export class MeasuredShareType {
  @Field(() => Float)
  value!: number;

  @Field(() => Float)
  low!: number;

  @Field(() => Float)
  high!: number;
}

@ObjectType('QueryLatency', { description: 'How long searches took, in milliseconds.' })
export class QueryLatencyType {
  @Field(() => Float, { description: 'The median.' })
  p50!: number;

  @Field(() => Float)
  p95!: number;

  @Field(() => Float)
  p99!: number;
}

@ObjectType('Evaluation', {
  description:
    'How well searches with images of a dataset find others with one of their labels. A hit with one is relevant.',
})
export class EvaluationType {
  @Field(() => Int, { description: 'The number of images that were searched with.' })
  queries!: number;

  @Field(() => Int, { description: 'The number of hits that were looked at.' })
  k!: number;

  @Field(() => MeasuredShareType, { description: 'How often the first hit is relevant.' })
  precisionAt1!: MeasuredShareType;

  @Field(() => MeasuredShareType, { description: 'The share of the k hits that is relevant.' })
  precisionAtK!: MeasuredShareType;

  @Field(() => MeasuredShareType, { description: 'The mean average precision among the k hits.' })
  meanAveragePrecisionAtK!: MeasuredShareType;

  @Field(() => Float, { description: 'The share of the k true nearest neighbours that the index finds.' })
  recallAtK!: number;

  @Field(() => QueryLatencyType)
  latencyMs!: QueryLatencyType;

  @Field(() => EmbeddingModelType)
  model!: EmbeddingModelType;
}
