import { Field, ID, InputType, Int, registerEnumType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  ArrayNotEmpty,
  IsEnum,
  IsInt,
  IsOptional,
  IsString,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { AttributeType } from '../../filters/index.ts';
import { UploadScalar, type FileUpload } from '../../common/index.ts';
import { AnnotationFormat } from '../../annotations/index.ts';

registerEnumType(AnnotationFormat, {
  name: 'AnnotationFormat',
  description: 'The format of annotations.',
  valuesMap: {
    AUTO: { description: 'Detected from the content.' },
    IMATERIALIST: {
      description: 'JSON with `images` and usually `annotations`, as in the iMaterialist datasets.',
    },
    COCO: { description: 'JSON with `images`, `annotations` and `categories`, as in COCO.' },
    CSV: { description: 'A header, then one row per image, or per label of an image.' },
    JSONL: { description: 'One JSON object per line, for each image, or for each label of an image.' },
  },
});

@InputType({
  description:
    'The columns of CSV or the keys of JSONL, by what they hold. Those omitted are found by their usual names.',
})
export class AnnotationColumnsInput {
  @Field(() => [String], {
    nullable: true,
    description: 'The id of the image: the first of these columns that exists.',
  })
  @IsOptional()
  @IsString({ each: true })
  id?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'URLs and paths of the picture, in the order to try.',
  })
  @IsOptional()
  @IsString({ each: true })
  url?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'The labels of the image.' })
  @IsOptional()
  @IsString({ each: true })
  label?: string[] | null;
}

@InputType({ description: 'A column of CSV, or a key of images in JSON, that becomes an attribute.' })
export class ImportAttributeInput {
  @Field(() => String, { description: 'The name of the attribute.' })
  @IsString()
  name!: string;

  @Field(() => String, { nullable: true, description: 'The column or key; the name by default.' })
  @IsOptional()
  @IsString()
  column?: string | null;

  @Field(() => AttributeType, {
    nullable: true,
    description:
      'By default, the type that the attribute has in the dataset; if it is new, the type that all values have.',
  })
  @IsOptional()
  @IsEnum(AttributeType)
  type?: AttributeType | null;
}

@InputType({
  description:
    'Name exactly one of `annotations`, `annotationsPath`, `annotationsUrl`, `directoryPath` and `stage`. With a stage, ' +
    'all paths are in it, and `directoryPath` may name one of its folders.',
})
export class ImportDatasetInput {
  @Field(() => String, { description: 'The name of the dataset, which is created if it does not exist.' })
  @IsString()
  dataset!: string;

  @Field(() => UploadScalar, { nullable: true, description: 'An annotation file to upload.' })
  @Allow()
  annotations?: Promise<FileUpload> | null;

  @Field(() => String, {
    nullable: true,
    description: 'The path of an annotation file on the server, below an import root.',
  })
  @IsOptional()
  @IsString()
  annotationsPath?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'An http or https URL to download an annotation file from.',
  })
  @IsOptional()
  @IsString()
  annotationsUrl?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The path of a folder on the server, below an import root, whose sub-folders are labels.',
  })
  @IsOptional()
  @IsString()
  directoryPath?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The id of a stage with the files to import. It is removed when the import has ended. Its folders are labels unless `stageAnnotations` is given.',
  })
  @IsOptional()
  @IsString()
  stage?: string | null;

  @Field(() => String, { nullable: true, description: 'The path of an annotation file in the stage.' })
  @IsOptional()
  @IsString()
  stageAnnotations?: string | null;

  @Field(() => AnnotationFormat, { defaultValue: AnnotationFormat.AUTO })
  @IsEnum(AnnotationFormat)
  format: AnnotationFormat = AnnotationFormat.AUTO;

  @Field(() => AnnotationColumnsInput, { nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => AnnotationColumnsInput)
  columns?: AnnotationColumnsInput | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What separates labels in one field of CSV; `|` by default, or empty if each field is one label.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(10)
  labelSeparator?: string | null;

  @Field(() => [ImportAttributeInput], {
    nullable: true,
    description: 'The columns that become attributes. An image that exists gets those that it lacks.',
  })
  @IsOptional()
  @ArrayMaxSize(64)
  @ValidateNested({ each: true })
  @Type(() => ImportAttributeInput)
  attributes?: ImportAttributeInput[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The folder on the server that relative image paths start from; by default the folder of the annotations.',
  })
  @IsOptional()
  @IsString()
  imagesRoot?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The path of a JSON file on the server with names for labels, `{"1": "fruit"}` or `[{"id": 1, "name": "fruit", "children": []}]`. By default, names come from the categories in the annotations, or from `labels.json`, `label_map.json`, `product_tree.json` or `label_descriptions.json` beside them.',
  })
  @IsOptional()
  @IsString()
  labelNamesPath?: string | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'Only images with at least one of these labels, given by their keys or names in the annotations.',
  })
  @IsOptional()
  @ArrayNotEmpty()
  @ArrayMaxSize(10_000)
  @IsString({ each: true })
  labelIds?: string[] | null;

  @Field(() => Int, { nullable: true, description: 'At most this many images.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  limit?: number | null;
}
