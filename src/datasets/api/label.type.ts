import { Field, Int, ObjectType } from '@nestjs/graphql';
import type { Label } from '../catalogue/datasets.ts';

@ObjectType('Label', { description: 'A label of a dataset.' })
export class LabelType {
  @Field(() => String, {
    description: 'As the data spell it: a `label_id`, a folder name. Filters take this.',
  })
  key!: string;

  @Field(() => String, { description: 'To show: the name where the data give one, else the key.' })
  name!: string;

  @Field(() => Int, { description: 'Images of the dataset that have it.' })
  imageCount!: number;
}

export function toLabelType({ key, name, imageCount }: Label): LabelType {
  return { key, name, imageCount };
}
