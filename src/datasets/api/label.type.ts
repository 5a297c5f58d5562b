import { Field, Int, ObjectType } from '@nestjs/graphql';
import type { Label } from '../catalogue/datasets.service.ts';

@ObjectType('Label', { description: 'A label of a dataset.' })
export class LabelModel {
  @Field(() => String, {
    description: 'As the data spell it: a `label_id`, a folder name. Filters take this.',
  })
  key!: string;

  @Field(() => String, { description: 'To show: the name where the data give one, else the key.' })
  name!: string;

  @Field(() => Int, { description: 'Images of the dataset that have it.' })
  imageCount!: number;
}

export function toLabelModel({ key, name, imageCount }: Label): LabelModel {
  return { key, name, imageCount };
}
