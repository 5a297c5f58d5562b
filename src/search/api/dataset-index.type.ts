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
  description: 'Whether an index answers queries, and whether it is up to date.',
  name: 'DatasetIndexState',
  valuesMap: {
    BUILDING: {
      description: 'The first build has not been completed, so the index does not answer queries.',
    },
    STALE: {
      description: 'Answers queries, but images have changed since; `buildIndex` brings it up to date.',
    },
    READY: { description: 'Answers queries and is up to date.' },
    REPLACED: {
      description:
        'Another index has replaced it. It is kept as it was until `dropReplacedIndexes` is called.',
    },
  },
});

@ObjectType('IndexProjection', {
  description: 'The projection that shortens the vectors of an index, fitted on the images of its dataset.',
})
export class IndexProjectionType {
  @Field(() => Int, { description: 'The number of the fit for this dataset and model, starting at 1.' })
  version!: number;

  @Field(() => Int, { description: 'The number of images that it was fitted on.' })
  fittedOn!: number;

  @Field(() => Date)
  fittedAt!: Date;

  @Field(() => Float, { description: 'The share of the variance of those images that it preserves, 0 to 1.' })
  explained!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'How much less of the variance it preserves for the current images, as a share: 0 means no loss. If it is well ' +
      'above 0.15, call `buildIndex` with `refit: true`. Null if it has not been measured.',
  })
  drift!: number | null;
}

@ObjectType('DatasetIndex', { description: 'The vectors of a dataset, computed with one model.' })
export class DatasetIndexType {
  @Field(() => EmbeddingModelType)
  model!: EmbeddingModelType;

  @Field(() => DatasetIndexState)
  state!: DatasetIndexState;

  @Field(() => Int, { description: 'The number of images in the index.' })
  indexed!: number;

  @Field(() => Int, { description: 'The number of images that have changed and are not in the index yet.' })
  pending!: number;

  @Field(() => [ID], {
    nullable: true,
    description: 'The labels to which the index is restricted; null if it contains all images.',
  })
  labelIds!: string[] | null;

  @Field(() => Date)
  updatedAt!: Date;

  /** Not part of the schema: further fields are resolved from it. */
  status!: IndexStatus;
}
