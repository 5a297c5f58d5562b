import { ArgsType, Field, ID } from '@nestjs/graphql';
import { ArrayMaxSize, IsEnum, IsOptional, IsString } from 'class-validator';
import { PageArgs } from '../../common/index.ts';
import { DownloadStateModel } from './download.type.ts';

const MAX_REASONS = 100;

@ArgsType()
export class DownloadsArgs extends PageArgs {
  @Field(() => ID)
  @IsString()
  datasetId!: string;

  @Field(() => DownloadStateModel, { nullable: true })
  @IsOptional()
  @IsEnum(DownloadStateModel)
  state?: DownloadStateModel | null;

  @Field(() => [String], { nullable: true })
  @IsOptional()
  @ArrayMaxSize(MAX_REASONS)
  @IsString({ each: true })
  reasons?: string[] | null;
}

@ArgsType()
export class RetryDownloadsArgs {
  @Field(() => ID)
  @IsString()
  datasetId!: string;

  @Field(() => [String], { nullable: true })
  @IsOptional()
  @ArrayMaxSize(MAX_REASONS)
  @IsString({ each: true })
  reasons?: string[] | null;
}
