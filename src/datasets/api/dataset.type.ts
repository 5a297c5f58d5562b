import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Connection } from '../../common/index.ts';
import type { Dataset } from '../catalogue/datasets.service.ts';

@ObjectType('Dataset', { description: 'A catalogue of images with labels.' })
export class DatasetModel {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: '1 to 63 lower-case letters, digits and hyphens; unique.' })
  name!: string;

  @Field(() => Date)
  createdAt!: Date;
}

@ObjectType('DatasetConnection')
export class DatasetConnection extends Connection(DatasetModel, 'Dataset') {}

export function toDatasetModel({ id, name, createdAt }: Dataset): DatasetModel {
  return { id: String(id), name, createdAt };
}
