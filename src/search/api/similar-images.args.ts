import { ArgsType, Field, Float, ID, Int } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsBoolean,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  ValidateNested,
} from 'class-validator';
import { ImageFilter } from '../../datasets/index.ts';
import { RegionInput, SimilarImagesBy } from './similar-images.input.ts';

@ArgsType()
export class QueryPictureArgs {
  @Field(() => SimilarImagesBy)
  @ValidateNested()
  @Type(() => SimilarImagesBy)
  by!: SimilarImagesBy;

  @Field(() => RegionInput, {
    nullable: true,
    description: 'Searches with this part of the picture only.',
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => RegionInput)
  region?: RegionInput | null;
}

@ArgsType()
export class SimilarImagesArgs extends QueryPictureArgs {
  @Field(() => [ID], {
    nullable: true,
    description: 'The datasets to search, at least one. By default, all that are indexed.',
  })
  @IsOptional()
  @ArrayMaxSize(1_000)
  @IsString({ each: true })
  datasetIds?: string[] | null;

  @Field(() => Int, { defaultValue: 10, description: 'The number of hits, 1 to 1,000.' })
  @IsInt()
  k!: number;

  @Field(() => ImageFilter, { nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => ImageFilter)
  filter?: ImageFilter | null;

  @Field(() => Float, { nullable: true, description: 'Leaves out hits with a lower score, -1 to 1.' })
  @IsOptional()
  @IsNumber()
  minScore?: number | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Keeps only the best of the hits that are duplicates: they have the same bytes, or perceptual hashes that differ in at most 8 of 64 bits.',
  })
  @IsBoolean()
  collapseDuplicates!: boolean;
}

@ArgsType()
export class EmbeddingArgs extends QueryPictureArgs {
  @Field(() => ID, {
    nullable: true,
    description:
      'Uses the model of this dataset’s index, so that the vector can be compared with those in the index. ' +
      'By default, the default networks are used and the vector has its full length.',
  })
  @IsOptional()
  @IsString()
  datasetId?: string | null;
}
