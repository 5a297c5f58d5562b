import { Field, Float, ID, InputType } from '@nestjs/graphql';
import { Allow, IsOptional, IsString, Max, Min } from 'class-validator';
import { UploadScalar, type FileUpload } from '../../common/index.ts';

@InputType({
  isOneOf: true,
  description: 'The picture to search with: exactly one of these fields.',
})
export class SimilarImagesBy {
  @Field(() => UploadScalar, { nullable: true, description: 'A JPEG, PNG, WebP, GIF or AVIF file.' })
  @Allow()
  upload?: Promise<FileUpload>;

  @Field(() => ID, {
    nullable: true,
    description: 'An image of the catalogue. It is not one of its own hits.',
  })
  @IsOptional()
  @IsString()
  imageId?: string;

  @Field(() => String, { nullable: true, description: 'The http or https URL of a picture on the internet.' })
  @IsOptional()
  @IsString()
  url?: string;
}

@InputType({
  description:
    'A part of a picture, as fractions (0 to 1) of its width and height once it is turned upright.',
})
export class RegionInput {
  @Field(() => Float)
  @Min(0)
  @Max(1)
  x!: number;

  @Field(() => Float)
  @Min(0)
  @Max(1)
  y!: number;

  @Field(() => Float)
  @Min(0)
  @Max(1)
  width!: number;

  @Field(() => Float)
  @Min(0)
  @Max(1)
  height!: number;
}
