import { ArgsType, Field, ID } from '@nestjs/graphql';
import { ArrayMaxSize, IsEnum, IsOptional, IsString } from 'class-validator';
import { PageArgs } from '../../../common/index.ts';
import { DATASET_REF } from '../datasets/dataset.type.ts';
import { DownloadStateType } from './download.type.ts';

const MAX_REASONS = 100;

@ArgsType()
export class DownloadsArgs extends PageArgs {
  @Field(() => ID, { description: DATASET_REF })
  @IsString()
  dataset!: string;

  @Field(() => DownloadStateType, { nullable: true })
  @IsOptional()
  @IsEnum(DownloadStateType)
  state?: DownloadStateType | null;

  @Field(() => [String], { nullable: true })
  @IsOptional()
  @ArrayMaxSize(MAX_REASONS)
  @IsString({ each: true })
  reasons?: string[] | null;
}

@ArgsType()
export class RetryDownloadsArgs {
  @Field(() => ID, { description: DATASET_REF })
  @IsString()
  dataset!: string;

  @Field(() => [String], { nullable: true })
  @IsOptional()
  @ArrayMaxSize(MAX_REASONS)
  @IsString({ each: true })
  reasons?: string[] | null;
}
