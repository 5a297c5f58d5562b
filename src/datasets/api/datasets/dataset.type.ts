import { Field, Int, ObjectType } from '@nestjs/graphql';
import { Connection, globalId, Node } from '../../../common/index.ts';
import type { Dataset } from '../../catalogue/datasets.ts';

/** Describes an argument that names a dataset. */
export const DATASET_REF = 'The id or the name of the dataset.';

@ObjectType('Dataset', { implements: () => Node, description: 'A catalogue of images with labels.' })
export class DatasetType extends Node {
  @Field(() => String, { description: 'Unique; 1 to 63 lower-case letters, digits and hyphens.' })
  name!: string;

  @Field(() => Date)
  createdAt!: Date;

  @Field(() => Int)
  imageCount!: number;
}

@ObjectType('DatasetConnection', { description: 'A page of datasets.' })
export class DatasetConnection extends Connection(DatasetType, 'Dataset') {}

export function toDatasetType({ id, name, createdAt, imageCount }: Dataset): DatasetType {
  return { id: globalId('Dataset', id), name, createdAt, imageCount };
}
