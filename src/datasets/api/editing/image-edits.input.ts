import { Field, InputType, registerEnumType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { Allow, IsEnum, IsOptional, IsString, ValidateNested } from 'class-validator';
import { UploadScalar, type FileUpload } from '../../../common/index.ts';
import { AttributeType } from '../../../filters/index.ts';
import type { GivenAttribute } from '../../attributes/given-attributes.ts';
import { AttributeValueScalar, type GivenValue } from '../attributes/attribute-value.scalar.ts';
import { ImageRefInput } from '../images/image-ref.input.ts';

registerEnumType(AttributeType, {
  name: 'AttributeType',
  description: 'What the values of an attribute are. All values of an attribute of a dataset have one type.',
  valuesMap: {
    DATE: { description: 'A time, as in "2026-11-28" (midnight UTC) or "2026-11-28T09:00:00Z".' },
    STRINGS: { description: 'A list of strings.' },
  },
});

@InputType({ description: 'A value of an attribute, or null to remove it.' })
export class ImageAttributeInput implements GivenAttribute {
  @Field(() => String, {
    description:
      'A letter or an underscore, then letters, digits, underscores and hyphens; at most 64 characters.',
  })
  @IsString()
  name!: string;

  @Field(() => AttributeValueScalar, { nullable: true, description: 'Null removes the attribute.' })
  @Allow()
  value?: GivenValue | null;

  @Field(() => AttributeType, {
    nullable: true,
    description:
      'The type of an attribute that is new to the dataset. By default the one that the value has; dates need it.',
  })
  @IsOptional()
  @IsEnum(AttributeType)
  type?: AttributeType | null;
}

@InputType({ description: 'An image to create, or to put in place of the one with the same external id.' })
export class PutImageInput {
  @Field(() => String, { description: 'Its name, unique within the dataset.' })
  @IsString()
  externalId!: string;

  @Field(() => UploadScalar, {
    nullable: true,
    description: 'A JPEG, PNG, WebP, GIF, AVIF, TIFF or HEIC file. Give either this or `url`.',
  })
  @Allow()
  upload?: Promise<FileUpload> | null;

  @Field(() => String, { nullable: true, description: 'The http or https URL of the picture.' })
  @IsOptional()
  @IsString()
  url?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'The keys or names of all of its labels; those that do not exist yet are created. If omitted, they stay.',
  })
  @IsOptional()
  @IsString({ each: true })
  labels?: string[] | null;

  @Field(() => [ImageAttributeInput], {
    nullable: true,
    description: 'All of its attributes. If omitted, they stay.',
  })
  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => ImageAttributeInput)
  attributes?: ImageAttributeInput[] | null;
}

@InputType({ description: 'Changes of labels and attributes. What is omitted stays as it is.' })
export class UpdateImageInput {
  @Field(() => ImageRefInput)
  @ValidateNested()
  @Type(() => ImageRefInput)
  image!: ImageRefInput;

  @Field(() => [String], { nullable: true, description: 'The keys or names of all of its labels.' })
  @IsOptional()
  @IsString({ each: true })
  labels?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'The keys or names of labels to add to those that it has.',
  })
  @IsOptional()
  @IsString({ each: true })
  addLabels?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'The keys or names of labels to take from those that it has.',
  })
  @IsOptional()
  @IsString({ each: true })
  removeLabels?: string[] | null;

  @Field(() => [ImageAttributeInput], {
    nullable: true,
    description: 'Attributes to set, and with a null value to remove. The others stay.',
  })
  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => ImageAttributeInput)
  attributes?: ImageAttributeInput[] | null;
}
