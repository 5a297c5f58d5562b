import { ArgsType, Field, ID, InputType } from '@nestjs/graphql';
import { IsOptional, IsString } from 'class-validator';
import { DATASET_REF } from '../datasets/dataset.type.ts';
import type { ImageRef } from '../../catalogue/images.ts';

@ArgsType()
@InputType({ isAbstract: true })
export class ImageRefArgs implements ImageRef {
  @Field(() => ID, { nullable: true })
  @IsOptional()
  @IsString()
  id?: string | null;

  @Field(() => ID, { nullable: true, description: DATASET_REF })
  @IsOptional()
  @IsString()
  dataset?: string | null;

  @Field(() => String, { nullable: true })
  @IsOptional()
  @IsString()
  externalId?: string | null;
}

@InputType('ImageRef', { description: 'An image: either its `id`, or its `dataset` and `externalId`.' })
export class ImageRefInput extends ImageRefArgs {}
