import { Field, Int, ObjectType } from '@nestjs/graphql';
import type { LabelName } from '../catalogue/datasets.ts';

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
  imageCount!: number | (() => Promise<number>);
}

/** The API's view of a label. Images are only counted if a client asks for `imageCount`. */
export function toLabelType({ key, name, imageCount }: LabelName & Pick<LabelType, 'imageCount'>): LabelType {
  return { key, name, imageCount };
}
