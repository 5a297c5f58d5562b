import { Field, Int, ObjectType } from '@nestjs/graphql';
import type { Label } from '../catalogue/datasets.ts';

@ObjectType('Label', { description: 'A label of a dataset.' })
export class LabelType {
  @Field(() => String, {
    description:
      'The label exactly as the data spells it, such as a `label_id` or the name of a folder. Filters take keys.',
  })
  key!: string;

  @Field(() => String, { description: 'The name to display; the key if the data gives no name.' })
  name!: string;

  @Field(() => Int, { description: 'The number of images of the dataset that have it.' })
  imageCount!: number;
}

export function toLabelType({ key, name, imageCount }: Label): LabelType {
  return { key, name, imageCount };
}
