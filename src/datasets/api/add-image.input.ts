import { Field, InputType } from '@nestjs/graphql';
import { Allow, IsOptional, IsString } from 'class-validator';
import { UploadScalar, type FileUpload } from '../../common/index.ts';

@InputType()
export class AddImageInput {
  @Field(() => UploadScalar, { description: 'A JPEG, PNG, WebP, GIF or AVIF file.' })
  @Allow()
  upload!: Promise<FileUpload>;

  @Field(() => String, {
    nullable: true,
    description: 'Its name, unique within the dataset; the sha256 of its bytes where it is absent.',
  })
  @IsOptional()
  @IsString()
  externalId?: string | null;

  @Field(() => [String], { nullable: true, description: 'Keys of labels; new ones are made.' })
  @IsOptional()
  @IsString({ each: true })
  labels?: string[] | null;
}
