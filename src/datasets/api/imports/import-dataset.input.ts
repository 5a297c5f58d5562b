import { Field, Float, ID, InputType, Int, registerEnumType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  ArrayNotEmpty,
  IsBoolean,
  IsEnum,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { AttributeType } from '../../../filters/index.ts';
import { UploadScalar, type FileUpload } from '../../../common/index.ts';
import { AnnotationFormat } from '../../../annotations/index.ts';

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
    JSON: { description: 'A JSON list of objects, for each image, or for each label of an image.' },
    JSONL: { description: 'One JSON object per line, for each image, or for each label of an image.' },
    VIA: { description: 'JSON of the VGG Image Annotator 2: a project, or exported annotations.' },
    FIFTYONE: { description: 'JSON of FiftyOne: samples, or classes and labels.' },
    DEEPFASHION: {
      description: 'A list file of DeepFashion: a count, a header, and columns separated by spaces.',
    },
    MERCHANT_XML: { description: 'A feed of Google Merchant: RSS 2.0 or Atom.' },
    PARQUET: { description: 'Parquet, with pictures in it or their URLs or paths.' },
    WEBDATASET: { description: 'Tar archives with a picture, and what belongs to it, for each key.' },
  },
});

@InputType({
  description:
    'The columns of CSV, or the keys of JSONL and JSON, by what they hold. Those omitted are found by their usual names.',
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

export enum ImportMode {
  ADD = 'ADD',
  SYNC = 'SYNC',
}
registerEnumType(ImportMode, {
  name: 'ImportMode',
  description: 'What an import does to images that the dataset has.',
  valuesMap: {
    ADD: { description: 'Adds what the dataset lacks, and changes and removes nothing.' },
    SYNC: {
      description:
        'Brings the dataset in step with the source: adds, replaces, moves, relabels and removes images. What people have edited since the last time stays.',
    },
  },
});

export enum SyncCompare {
  METADATA = 'METADATA',
  CHECKSUM = 'CHECKSUM',
  PLACE = 'PLACE',
}
registerEnumType(SyncCompare, {
  name: 'SyncCompare',
  description: 'How pictures are compared with what the source brought last time.',
  valuesMap: {
    METADATA: {
      description:
        'Files by size and time of the last change: only those that differ are read. URLs by asking their servers whether the picture has changed, if they have said how to ask.',
    },
    CHECKSUM: { description: 'By their bytes: every file is read, and every URL downloaded.' },
    PLACE: { description: 'The same path or URL counts as the same picture: nothing is read or asked.' },
  },
});

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
    description:
      'The path of an annotation file on the server, below an import root; for Parquet and tar archives, also a folder of them or a pattern such as `shard-{000..017}.tar`.',
  })
  @IsOptional()
  @IsString()
  annotationsPath?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'An http, https or s3 URL to download an annotation file from. In S3, relative paths start from its folder, and several Parquet files or tar archives are named by a pattern such as `s3://bucket/shard-{000..017}.tar`, or by a prefix with a slash at its end.',
  })
  @IsOptional()
  @IsString()
  annotationsUrl?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The path of a folder on the server, below an import root, whose sub-folders are labels; or a prefix in S3, as in `s3://bucket/prefix`.',
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

  @Field(() => ImportMode, { defaultValue: ImportMode.ADD })
  @IsEnum(ImportMode)
  mode: ImportMode = ImportMode.ADD;

  @Field(() => Float, {
    nullable: true,
    description:
      'How many items may fail before the import ends: a whole number, or a share below 1 of all. No limit by default.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  maxFailures?: number | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether to take pictures of which a part is missing, with a warning.',
  })
  @IsBoolean()
  acceptTruncated = false;

  @Field(() => Float, {
    nullable: true,
    description:
      'With SYNC: the share of the images of the source, 0 to 1, that may be removed. If more have vanished, the job fails and removes none. 0.1 by default.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  maxDelete?: number | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'With SYNC: whether the source wins over what people have edited or deleted.',
  })
  @IsBoolean()
  overwrite = false;

  @Field(() => SyncCompare, {
    defaultValue: SyncCompare.METADATA,
    description: 'With SYNC: how pictures are compared.',
  })
  @IsEnum(SyncCompare)
  compare: SyncCompare = SyncCompare.METADATA;

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

  @Field(() => String, {
    nullable: true,
    description:
      'What separates the fields of CSV: one ASCII character. Detected among comma, semicolon, tab and vertical bar by default.',
  })
  @IsOptional()
  @IsString()
  delimiter?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The character encoding of the annotations, by a name of the WHATWG Encoding Standard such as `windows-1252`. UTF-8, UTF-16 and Windows-1252 are detected by default.',
  })
  @IsOptional()
  @IsString()
  encoding?: string | null;

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
      'The path of each picture, with `{id}` for the id of its image, as in `images/{id}.jpg`; by default, the paths and URLs in the annotations.',
  })
  @IsOptional()
  @IsString()
  pathTemplate?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'For folders: which folder of a path is its label, from 1. By default the first, or the second if the first ones are all named like parts of a data set (train, val, test).',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  labelLevel?: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The path of a file on the server, or `s3://bucket/key`, with names for labels: JSON, `{"1": "fruit"}` or `[{"id": 1, "name": "fruit", "children": []}]`, or CSV of keys and names. By default, names come from the categories in the annotations, or from `labels.json`, `label_map.json`, `product_tree.json`, `label_descriptions.json` or `class-descriptions.csv` beside them.',
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
