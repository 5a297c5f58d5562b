import { ArgsType, Field, ID } from '@nestjs/graphql';
import { Allow, IsString } from 'class-validator';
import { DATASET_REF } from '../datasets/dataset.type.ts';
import { ImageFilterInput } from './image-filter.input.ts';
import { PageArgs } from '../../../common/index.ts';

@ArgsType()
export class ImagesArgs extends PageArgs {
  @Field(() => ID, { description: DATASET_REF })
  @IsString()
  dataset!: string;

  @Field(() => ImageFilterInput, { nullable: true })
  @Allow()
  filter?: ImageFilterInput | null;
}
