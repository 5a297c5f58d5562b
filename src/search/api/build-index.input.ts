import { Field, ID, InputType } from '@nestjs/graphql';
import { ArrayMaxSize, ArrayNotEmpty, IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';

@InputType()
export class BuildIndexInput {
  @Field(() => ID)
  @IsString()
  datasetId!: string;

  @Field(() => [ID], { nullable: true, description: 'Restricts the index to images with these labels.' })
  @IsOptional()
  @ArrayNotEmpty()
  @ArrayMaxSize(10_000)
  @IsString({ each: true })
  labelIds?: string[] | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Networks of `embeddingModels`, joined by "+" and perhaps followed by "@128" to shorten vectors to that many ' +
      'numbers; or `fast` or `best`. Where it is absent, the model of the index that the dataset has, or else the ' +
      'default. The index of another model answers until the new one is complete, and is then kept.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  model?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Looks at every image again, those included that failed before, rather than at the changed ones.',
  })
  @IsBoolean()
  rebuild!: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Fits the projection ("@128") again on the images that there are now, and builds an index with it.',
  })
  @IsBoolean()
  refit!: boolean;
}
