import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { Allow, ArrayMaxSize, ArrayNotEmpty, IsInt, IsOptional, IsString, Min } from 'class-validator';
import { UploadScalar, type FileUpload } from '../../common/index.ts';

@InputType({ description: 'Name exactly one of `annotations`, `annotationsPath` and `directoryPath`.' })
export class ImportDatasetInput {
  @Field(() => String, { description: 'Name of the dataset; it is made where there is none.' })
  @IsString()
  dataset!: string;

  @Field(() => UploadScalar, { nullable: true, description: 'An annotation file of the iMaterialist kind.' })
  @Allow()
  annotations?: Promise<FileUpload> | null;

  @Field(() => String, { nullable: true, description: 'Path of one on the server, below an import root.' })
  @IsOptional()
  @IsString()
  annotationsPath?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Path of a folder on the server, below an import root, whose sub-folders are labels.',
  })
  @IsOptional()
  @IsString()
  directoryPath?: string | null;

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
      'JSON file on the server with names for labels, `{"1": "fruit"}`; `labels.json` or `label_map.json` beside the annotations by default.',
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
