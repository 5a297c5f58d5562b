import { ArgsType, Field, ID, Int } from '@nestjs/graphql';
import { IsBoolean, IsInt, IsString } from 'class-validator';
import { PageArgs } from '../../common/index.ts';
import { DEFAULT_DISTANCE } from '../duplicates/duplicates.service.ts';

@ArgsType()
export class DuplicatesArgs extends PageArgs {
  @Field(() => ID)
  @IsString()
  datasetId!: string;

  @Field(() => Int, {
    defaultValue: DEFAULT_DISTANCE,
    description: 'In how many of 64 bits perceptual hashes may differ: 0 to 16.',
  })
  @IsInt()
  maxDistance!: number;

  @Field(() => Boolean, { defaultValue: false, description: 'Only images with the same bytes.' })
  @IsBoolean()
  exact!: boolean;
}
