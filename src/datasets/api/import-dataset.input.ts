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
import { UploadScalar, type FileUpload } from '../../common/index.ts';
import { AnnotationFormat } from '../../annotations/index.ts';

registerEnumType(AnnotationFormat, {
  name: 'AnnotationFormat',
  description: 'How annotations are written.',
  valuesMap: {
    AUTO: { description: 'Told from the content.' },
    IMATERIALIST: {
      description: 'JSON with `images` and, mostly, `annotations`, as the iMaterialist sets have it.',
    },
    COCO: { description: 'JSON with `images`, `annotations` and `categories`, as COCO has it.' },
    CSV: { description: 'A header, and a row for each image or label of one.' },
    JSONL: { description: 'A JSON object on each line, for each image or label of one.' },
  },
});

@InputType({
  description:
    'Columns of CSV, or keys of JSONL, by what they hold. Those left out are found by their usual names.',
})
export class AnnotationColumnsInput {
  @Field(() => [String], { nullable: true, description: 'The id of the image; the first that is there.' })
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

  @Field(() => [String], { nullable: true, description: 'Its labels.' })
  @IsOptional()
  @IsString({ each: true })
  label?: string[] | null;
}

@InputType({
  description: 'Name exactly one of `annotations`, `annotationsPath`, `annotationsUrl` and `directoryPath`.',
})
export class ImportDatasetInput {
  @Field(() => String, { description: 'Name of the dataset; it is made where there is none.' })
  @IsString()
  dataset!: string;

  @Field(() => UploadScalar, { nullable: true, description: 'An annotation file.' })
  @Allow()
  annotations?: Promise<FileUpload> | null;

  @Field(() => String, { nullable: true, description: 'Path of one on the server, below an import root.' })
  @IsOptional()
  @IsString()
  annotationsPath?: string | null;

  @Field(() => String, { nullable: true, description: 'Where one is fetched from, by http or https.' })
  @IsOptional()
  @IsString()
  annotationsUrl?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Path of a folder on the server, below an import root, whose sub-folders are labels.',
  })
  @IsOptional()
  @IsString()
  directoryPath?: string | null;

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
      'What stands between several labels in one field of CSV, `|` by default; empty where a field is one label.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(10)
  labelSeparator?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Folder on the server where relative image paths begin; that of the annotations by default.',
  })
  @IsOptional()
  @IsString()
  imagesRoot?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'JSON file on the server with names for labels, `{"1": "fruit"}` or `[{"id": 1, "name": "fruit", "children": []}]`. By default, the categories in the annotations, or `labels.json`, `label_map.json`, `product_tree.json` or `label_descriptions.json` beside them.',
  })
  @IsOptional()
  @IsString()
  labelNamesPath?: string | null;

  @Field(() => [ID], { nullable: true, description: 'Only images with one of these labels.' })
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
