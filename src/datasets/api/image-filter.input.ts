import { Field, InputType } from '@nestjs/graphql';
import { ArrayMaxSize, ArrayNotEmpty, IsOptional, IsString } from 'class-validator';

@InputType({ description: 'Which images.' })
export class ImageFilter {
  @Field(() => [String], { nullable: true, description: 'Keys of labels: images with at least one of them.' })
  @IsOptional()
  @ArrayNotEmpty()
  @ArrayMaxSize(1_000)
  @IsString({ each: true })
  labels?: string[] | null;
}
