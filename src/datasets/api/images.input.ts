import { ArgsType, Field, ID, InputType } from '@nestjs/graphql';
import { Allow, ArrayMaxSize, ArrayNotEmpty, IsOptional, IsString } from 'class-validator';
import { DATASET_REF } from './dataset.type.ts';
import { ImageFilterInput } from './image-filter.input.ts';
import { PageArgs } from '../../common/index.ts';

@InputType({ description: 'Selects images.' })
export class ImageFilter {
  @Field(() => [String], {
    nullable: true,
    description: 'Only images with at least one of the labels with these keys.',
  })
  @IsOptional()
  @ArrayNotEmpty()
  @ArrayMaxSize(1_000)
  @IsString({ each: true })
  labels?: string[] | null;
}

@ArgsType()
export class ImagesArgs extends PageArgs {
  @Field(() => ID, { description: DATASET_REF })
  @IsString()
  dataset!: string;

  @Field(() => ImageFilterInput, { nullable: true })
  @Allow()
  filter?: ImageFilterInput | null;
}
