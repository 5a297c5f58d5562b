import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { EmbeddingModelModel } from '../../embeddings/index.ts';

export enum DatasetIndexState {
  BUILDING = 'BUILDING',
  STALE = 'STALE',
  READY = 'READY',
}

registerEnumType(DatasetIndexState, {
  name: 'DatasetIndexState',
  valuesMap: {
    BUILDING: { description: 'Was never built to its end; it does not answer queries.' },
    STALE: {
      description: 'Answers queries, but some images changed since; buildIndex brings it up to date.',
    },
    READY: { description: 'Holds every image of the dataset.' },
  },
});

@ObjectType('DatasetIndex', { description: 'The vectors of a dataset under one model.' })
export class DatasetIndexModel {
  @Field(() => EmbeddingModelModel)
  model!: EmbeddingModelModel;

  @Field(() => DatasetIndexState)
  state!: DatasetIndexState;

  @Field(() => Int, { description: 'Images in the index.' })
  indexed!: number;

  @Field(() => Int, { description: 'Images that changed since and are not in it yet.' })
  pending!: number;

  @Field(() => [ID], { nullable: true, description: 'The labels it is restricted to; null for all.' })
  labelIds!: string[] | null;

  @Field(() => Date)
  updatedAt!: Date;
}
