import { Field, Float, ID, InputType } from '@nestjs/graphql';
import { Allow, IsOptional, IsString, Max, Min } from 'class-validator';
import { UploadScalar, type FileUpload } from '../../common/index.ts';

@InputType({
  isOneOf: true,
  description: 'The picture to look for: exactly one of these.',
})
export class SimilarImagesBy {
  @Field(() => UploadScalar, { nullable: true, description: 'A picture file: JPEG, PNG, WebP, GIF or AVIF.' })
  @Allow()
  upload?: Promise<FileUpload>;

  @Field(() => ID, {
    nullable: true,
    description: 'An image of the catalogue. It is not among its own hits.',
  })
  @IsOptional()
  @IsString()
  imageId?: string;

  @Field(() => String, { nullable: true, description: 'The http(s) address of a picture on the internet.' })
  @IsOptional()
  @IsString()
  url?: string;
}

@InputType({
  description:
    'A part of the uploaded picture, in shares of its width and height (0 to 1), as it is seen upright.',
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
