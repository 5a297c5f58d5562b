import { ArgsType, Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Allow, ArrayMaxSize, IsOptional, IsString, MaxLength } from 'class-validator';
import { Connection, PageArgs } from '../../../common/index.ts';
import { LabelOrder, type Label, type LabelName } from '../../catalogue/datasets.ts';

registerEnumType(LabelOrder, {
  name: 'LabelOrder',
  description: 'What labels are ordered by.',
  valuesMap: {
    KEY: { description: 'Their keys, by the code points.' },
    IMAGE_COUNT: {
      description: 'How many images have them, the commonest first; equally common ones by their keys.',
    },
  },
});

@ArgsType()
export class LabelsArgs extends PageArgs {
  @Field(() => LabelOrder, { defaultValue: LabelOrder.KEY })
  @Allow()
  orderBy!: LabelOrder;

  @Field(() => String, {
    nullable: true,
    description: 'Only labels whose key or name contains this text, in either case; up to 500 characters.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  contains?: string | null;

  @Field(() => [String], { nullable: true, description: 'Only labels with these keys; up to 100.' })
  @IsOptional()
  @IsString({ each: true })
  @ArrayMaxSize(100)
  keys?: string[] | null;
}

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

@ObjectType('LabelConnection', { description: 'A page of labels.' })
export class LabelConnection extends Connection(LabelType, 'Label') {}

/** The API's view of a label. */
export function toLabelType(
  datasetId: number,
  { key, name, imageCount }: LabelName & Partial<Label>,
): LabelType {
  return { key, name, imageCount, datasetId };
}
