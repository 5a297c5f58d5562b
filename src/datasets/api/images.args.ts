import { ArgsType, Field, ID } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsOptional, IsString, ValidateNested } from 'class-validator';
import { PageArgs } from '../../common/index.ts';
import { ImageFilter } from './image-filter.input.ts';

@ArgsType()
export class ImagesArgs extends PageArgs {
  @Field(() => ID)
  @IsString()
  datasetId!: string;

  @Field(() => ImageFilter, { nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => ImageFilter)
  filter?: ImageFilter | null;
}
