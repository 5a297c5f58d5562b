import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { EmbeddingModelType } from '../../embeddings/index.ts';
import type { IndexStatus } from '../indexing/indexes.service.ts';

export enum DatasetIndexState {
  BUILDING = 'BUILDING',
  STALE = 'STALE',
  READY = 'READY',
  REPLACED = 'REPLACED',
}

registerEnumType(DatasetIndexState, {
  name: 'DatasetIndexState',
  valuesMap: {
    BUILDING: { description: 'Was never built to its end; it does not answer queries.' },
    STALE: {
      description: 'Answers queries, but some images changed since; buildIndex brings it up to date.',
    },
    READY: { description: 'Holds every image of the dataset.' },
    REPLACED: {
      description: 'Another index answers in its place. Kept as it was until `dropReplacedIndexes`.',
    },
  },
});

@ObjectType('IndexProjection', {
  description: 'What shortens the vectors of an index: fitted on the images of its dataset.',
})
export class IndexProjectionModel {
  @Field(() => Int, { description: 'Counts the fits of the dataset and model, from 1.' })
  version!: number;

  @Field(() => Int, { description: 'Images that it was fitted on.' })
  fittedOn!: number;

  @Field(() => Date)
  fittedAt!: Date;

  @Field(() => Float, { description: 'Share of the differences between those images that it keeps, 0 to 1.' })
  explained!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'How much less it keeps of the images that there are now, as a share: 0 for none. Well above 0.15 is a ' +
      'reason for `buildIndex(refit: true)`. Null where it has not been looked at.',
  })
  drift!: number | null;
}

@ObjectType('DatasetIndex', { description: 'The vectors of a dataset under one model.' })
export class DatasetIndexModel {
  @Field(() => EmbeddingModelType)
  model!: EmbeddingModelType;

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

  /** Not of the schema: what further fields are resolved from. */
  status!: IndexStatus;
}
