import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { EmbeddingModelType } from '../../../embeddings/index.ts';

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

@ObjectType('ReliabilityBin', { description: 'The hits whose confidence is in one range.' })
export class ReliabilityBinType {
  @Field(() => Float, { description: 'Where the range begins, 0 to 0.9.' })
  from!: number;

  @Field(() => Float, { description: 'Where it ends, 0.1 to 1.' })
  to!: number;

  @Field(() => Int, { description: 'The number of hits.' })
  count!: number;

  @Field(() => Float, { description: 'The mean of their confidences; 0 if there are none.' })
  meanConfidence!: number;

  @Field(() => Float, {
    description: 'The share of them that does share a label with the query; 0 if there are none.',
  })
  observedShare!: number;
}

@ObjectType('Reliability', {
  description:
    'How far the confidence of hits can be taken at its word. Hits without labels are not counted.',
})
export class ReliabilityType {
  @Field(() => [ReliabilityBinType], { description: 'Ten ranges of confidence, from 0 to 1.' })
  bins!: readonly ReliabilityBinType[];

  @Field(() => Int, { description: 'The number of hits in all ranges.' })
  count!: number;

  @Field(() => Float, {
    description:
      'The mean difference between confidence and observed share over the ranges, weighted by their counts: 0 is perfect.',
  })
  expectedCalibrationError!: number;
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

  @Field(() => ReliabilityType, {
    nullable: true,
    description:
      'Null if the index has not been calibrated. The images that were searched with may be among those that it was calibrated on; see `calibration` of the index for a measure on others.',
  })
  reliability!: ReliabilityType | null;

  @Field(() => QueryLatencyType)
  latencyMs!: QueryLatencyType;

  @Field(() => EmbeddingModelType)
  model!: EmbeddingModelType;
}
