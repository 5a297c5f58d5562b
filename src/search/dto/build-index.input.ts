import { Field, ID, InputType } from '@nestjs/graphql';
import { ArrayNotEmpty, IsBoolean, IsOptional, IsString } from 'class-validator';

@InputType()
export class BuildIndexInput {
  @Field(() => ID)
  @IsString()
  datasetId!: string;

  @Field(() => [ID], { nullable: true, description: 'Restricts the index to images with these labels.' })
  @IsOptional()
  @ArrayNotEmpty()
  @IsString({ each: true })
  labelIds?: string[] | null;

  @Field(() => ID, {
    nullable: true,
    description: 'An id of `embeddingModels`; the default model where it is absent.',
  })
  @IsOptional()
  @IsString()
  model?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Looks at every image again, those included that failed before, rather than at the changed ones.',
  })
  @IsBoolean()
  rebuild!: boolean;
}
