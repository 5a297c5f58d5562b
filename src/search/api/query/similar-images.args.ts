import { ArgsType, Field, Float, ID, InputType, Int } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  IsBoolean,
  IsNumber,
  IsOptional,
  IsString,
  ValidateNested,
} from 'class-validator';
import { ImageFilterInput } from '../../../datasets/index.ts';
import { SEARCH_LIMITS } from '../../query/similar-images.ts';
import { FacetInput, GroupByInput, RegionInput, SimilarImagesBy } from './similar-images.input.ts';

/** Ranges are checked by the service, so that one search of a batch can be refused without the others. */
@ArgsType()
@InputType({ isAbstract: true })
export class SearchedWith {
  @Field(() => SimilarImagesBy)
  @ValidateNested()
  @Type(() => SimilarImagesBy)
  by!: SimilarImagesBy;

  @Field(() => RegionInput, {
    nullable: true,
    description: 'Searches with this part of the picture only. Examples have regions of their own.',
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => RegionInput)
  region?: RegionInput | null;
}

@ArgsType()
@InputType({ isAbstract: true })
export class SimilarImagesArgs extends SearchedWith {
  @Field(() => [ID], {
    nullable: true,
    description:
      'The ids or names of the datasets to search, at least one. By default, all that are indexed.',
  })
  @IsOptional()
  @ArrayMaxSize(1_000)
  @IsString({ each: true })
  datasets?: string[] | null;

  @Field(() => Int, {
    defaultValue: 10,
    description: `The number of hits, 1 to ${SEARCH_LIMITS.hits.toLocaleString('en')}.`,
  })
  @IsNumber()
  first!: number;

  @Field(() => String, {
    nullable: true,
    description: `The \`endCursor\` of the page before: the hits that follow, up to ${SEARCH_LIMITS.depth.toLocaleString('en')} altogether. All other arguments but \`first\` and \`facets\` must be those of that page.`,
  })
  @IsOptional()
  @IsString()
  after?: string | null;

  @Field(() => ImageFilterInput, { nullable: true })
  @Allow()
  filter?: ImageFilterInput | null;

  @Field(() => Float, { nullable: true, description: 'Leaves out hits with a lower score, -1 to 1.' })
  @IsOptional()
  @IsNumber()
  minScore?: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Leaves out hits with a lower confidence, 0 to 1. It means the same for every model and dataset. Refused with `CONFIDENCE_UNKNOWN` if an index has not been calibrated, or with several examples.',
  })
  @IsOptional()
  @IsNumber()
  minConfidence?: number | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Keeps only the best of the hits that are duplicates: they have the same bytes, or perceptual hashes that differ in at most 8 of 64 bits.',
  })
  @IsBoolean()
  collapseDuplicates!: boolean;

  @Field(() => GroupByInput, {
    nullable: true,
    description:
      'Keeps only the best of the hits with the same value of an attribute, such as the pictures of one product.',
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => GroupByInput)
  groupBy?: GroupByInput | null;

  @Field(() => [FacetInput], {
    defaultValue: [],
    description: `What to count, at most ${SEARCH_LIMITS.facets}.`,
  })
  @ValidateNested({ each: true })
  @Type(() => FacetInput)
  facets!: FacetInput[];
}

@InputType({ description: 'One of the searches of a batch, with the arguments of `similarImages`.' })
export class SimilarImagesInput extends SimilarImagesArgs {}

@ArgsType()
export class EmbeddingArgs extends SearchedWith {
  @Field(() => ID, {
    nullable: true,
    description:
      'The id or name of a dataset: uses the model of its index, so that the vector can be compared with those in the index. ' +
      'By default, the default networks are used and the vector has its full length.',
  })
  @IsOptional()
  @IsString()
  dataset?: string | null;
}
