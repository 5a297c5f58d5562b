import { ArgsType, Field, ID, InputType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { Allow, ArrayMaxSize, ArrayNotEmpty, IsOptional, IsString, ValidateNested } from 'class-validator';
import { PageArgs, UploadScalar, type FileUpload } from '../../common/index.ts';

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
  @Field(() => ID)
  @IsString()
  datasetId!: string;

  @Field(() => ImageFilter, { nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => ImageFilter)
  filter?: ImageFilter | null;
}

@InputType({ description: 'An image to add.' })
export class AddImageInput {
  @Field(() => UploadScalar, { description: 'A JPEG, PNG, WebP, GIF or AVIF file.' })
  @Allow()
  upload!: Promise<FileUpload>;

  @Field(() => String, {
    nullable: true,
    description: 'Its name, unique within the dataset. If omitted, the sha256 of its bytes.',
  })
  @IsOptional()
  @IsString()
  externalId?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Keys of labels. Labels that do not exist yet are created.',
  })
  @IsOptional()
  @IsString({ each: true })
  labels?: string[] | null;
}
