import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Connection } from '../../common/index.ts';
import type { Dataset } from '../catalogue/datasets.ts';

/** Describes an argument that names a dataset. */
export const DATASET_REF = 'The id or the name of the dataset.';

@ObjectType('Dataset', { description: 'A catalogue of images with labels.' })
export class DatasetType {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'Unique; 1 to 63 lower-case letters, digits and hyphens.' })
  name!: string;

  @Field(() => Date)
  createdAt!: Date;
}

@ObjectType('DatasetConnection')
export class DatasetConnection extends Connection(DatasetType, 'Dataset') {}

export function toDatasetType({ id, name, createdAt }: Dataset): DatasetType {
  return { id: String(id), name, createdAt };
}
