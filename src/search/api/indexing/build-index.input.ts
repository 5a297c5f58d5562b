import { Field, ID, InputType } from '@nestjs/graphql';
import { ArrayMaxSize, ArrayNotEmpty, IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';

@InputType({ description: 'Which index to build, and how.' })
export class BuildIndexInput {
  @Field(() => ID, { description: 'The id or the name of the dataset.' })
  @IsString()
  dataset!: string;

  @Field(() => [ID], {
    nullable: true,
    description:
      'Restricts the index to images with at least one of these labels, given by their keys or names.',
  })
  @IsOptional()
  @ArrayNotEmpty()
  @ArrayMaxSize(10_000)
  @IsString({ each: true })
  labelIds?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      '`fast`, `best`, or networks of `embeddingModels` joined by "+", optionally followed by "@" and a number of ' +
      'dimensions to shorten the vectors, such as "@128". By default, the model of the current index or, if there is ' +
      'none, the default model. An index of another model keeps answering until the new one is complete, and is ' +
      'kept afterwards.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  model?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Processes every image again, including those that failed, instead of only those that have changed.',
  })
  @IsBoolean()
  rebuild!: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Fits the projection ("@128") again on the current images and builds a new index with it.',
  })
  @IsBoolean()
  refit!: boolean;
}
