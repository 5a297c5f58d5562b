import { Field, ObjectType } from '@nestjs/graphql';
import type { Label, LabelName } from '../catalogue/datasets.ts';

@ObjectType('Label', { description: 'A label of a dataset.' })
export class LabelType {
  @Field(() => String, {
    description:
      'The label exactly as the data spells it, such as a `label_id` or the name of a folder. Filters take keys.',
  })
  key!: string;

  @Field(() => String, { description: 'The name to display; the key if the data gives no name.' })
  name!: string;

  /** Counted only if a client asks for it. */
  imageCount!: number | undefined;

  datasetId!: number;
}

/** The API's view of a label. */
export function toLabelType(
  datasetId: number,
  { key, name, imageCount }: LabelName & Partial<Label>,
): LabelType {
  return { key, name, imageCount, datasetId };
}
