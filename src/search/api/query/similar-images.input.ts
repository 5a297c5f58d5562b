import { Field, Float, ID, InputType, Int } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { Allow, IsBoolean, IsNumber, IsOptional, IsString, ValidateNested } from 'class-validator';
import { UploadScalar, type FileUpload } from '../../../common/index.ts';
import { ImageRefInput } from '../../../datasets/index.ts';
import { SEARCH_LIMITS } from '../../query/similar-images.ts';

const TEXT =
  'Words that describe a picture, up to 1,000 characters; what exceeds the length that the network takes is ignored. ' +
  'Only if the model of the index has `text`.';

/** The fields that say what is searched with. Exactly one of them must be given. */
export interface PictureInput {
  image?: ImageRefInput | null;
  queryPictureId?: string | null;
  upload?: Promise<FileUpload> | null;
  url?: string | null;
  text?: string | null;
}

@InputType({
  description:
    'A part of a picture, as fractions (0 to 1) of its width and height once it is turned upright.',
})
export class RegionInput {
  @Field(() => Float)
  @IsNumber()
  x!: number;

  @Field(() => Float)
  @IsNumber()
  y!: number;

  @Field(() => Float)
  @IsNumber()
  width!: number;

  @Field(() => Float)
  @IsNumber()
  height!: number;
}

@InputType({
  description:
    'A picture that the hits shall resemble or, if the weight is negative, shall not: exactly one of `image`, `queryPictureId`, `upload`, `url` and `text`.',
})
export class SearchExampleInput implements PictureInput {
  @Field(() => ImageRefInput, {
    nullable: true,
    description: 'An image of the catalogue. It is not a hit unless the weight is negative.',
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => ImageRefInput)
  image?: ImageRefInput | null;

  @Field(() => ID, { nullable: true, description: 'A picture that was added with `addQueryPicture`.' })
  @IsOptional()
  @IsString()
  queryPictureId?: string | null;

  @Field(() => UploadScalar, {
    nullable: true,
    description: 'A JPEG, PNG, WebP, GIF, AVIF, TIFF or HEIC file.',
  })
  @Allow()
  upload?: Promise<FileUpload> | null;

  @Field(() => String, { nullable: true, description: 'The http or https URL of a picture on the internet.' })
  @IsOptional()
  @IsString()
  url?: string | null;

  @Field(() => String, {
    nullable: true,
    description: TEXT,
  })
  @IsOptional()
  @IsString()
  text?: string | null;

  @Field(() => RegionInput, { nullable: true, description: 'Uses this part of the picture only.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => RegionInput)
  region?: RegionInput | null;

  @Field(() => Float, { defaultValue: 1, description: 'From -1 to 1.' })
  @IsNumber()
  weight!: number;
}

@InputType({
  isOneOf: true,
  description: 'What to search with: exactly one of these fields.',
})
export class SimilarImagesBy implements PictureInput {
  @Field(() => ImageRefInput, {
    nullable: true,
    description: 'An image of the catalogue. It is not one of its own hits.',
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => ImageRefInput)
  image?: ImageRefInput;

  @Field(() => ID, {
    nullable: true,
    description:
      'A picture that was added with `addQueryPicture`. Unlike an upload, it can be cached, repeated and paged by a client.',
  })
  @IsOptional()
  @IsString()
  queryPictureId?: string;

  @Field(() => UploadScalar, {
    nullable: true,
    description:
      'A JPEG, PNG, WebP, GIF, AVIF, TIFF or HEIC file. A client that caches answers may take one upload for another: use `queryPictureId` there.',
  })
  @Allow()
  upload?: Promise<FileUpload>;

  @Field(() => String, { nullable: true, description: 'The http or https URL of a picture on the internet.' })
  @IsOptional()
  @IsString()
  url?: string;

  @Field(() => String, {
    nullable: true,
    description: TEXT,
  })
  @IsOptional()
  @IsString()
  text?: string;

  @Field(() => [SearchExampleInput], {
    nullable: true,
    description: `Several pictures, 1 to ${SEARCH_LIMITS.examples}. An image is the better a hit the higher the weighted sum of its scores with them.`,
  })
  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => SearchExampleInput)
  examples?: SearchExampleInput[];
}

@InputType({ description: 'Shows images that have the same value of an attribute as one hit.' })
export class GroupByInput {
  @Field(() => String, {
    description: 'The name of an attribute, but not of a list. An image without it is a group of its own.',
  })
  @IsString()
  attribute!: string;

  @Field(() => Int, {
    defaultValue: 3,
    description: `The number of views to list beside the best one, 0 to ${SEARCH_LIMITS.views}.`,
  })
  @IsNumber()
  views!: number;
}

@InputType({
  description:
    'What to count over the images that pass the filter, and over the hits: `attribute` or `labels`.',
})
export class FacetInput {
  @Field(() => String, { nullable: true, description: 'The name of an attribute.' })
  @IsOptional()
  @IsString()
  attribute?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True to count labels.' })
  @IsOptional()
  @IsBoolean()
  labels?: boolean | null;

  @Field(() => Int, {
    defaultValue: 10,
    description: `The number of values, the commonest first: 1 to ${SEARCH_LIMITS.facetValues}.`,
  })
  @IsNumber()
  first!: number;
}
