import { Field, Float, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { Allow, IsString } from 'class-validator';
import { UploadScalar, type FileUpload } from '../../../common/index.ts';
import type { Stage } from '../../stages/stage.ts';

@ObjectType('Stage', {
  description:
    'A folder on the server for files that are imported together. Whoever knows its id can add to it and import it.',
})
export class StageType implements Stage {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { description: 'The number of files.' })
  files!: number;

  @Field(() => Float, { description: 'The size of all files.' })
  bytes!: number;

  @Field(() => Date, { description: 'When it is removed unless files are added or it is imported.' })
  expiresAt!: Date;
}

@InputType({ description: 'A file to put into a stage.' })
export class StagedFileInput {
  @Field(() => String, {
    description:
      'Its path in the stage, such as `dress/12.jpg`: names of up to 255 bytes separated by "/", at most 32 levels and 1,000 characters.',
  })
  @IsString()
  path!: string;

  @Field(() => UploadScalar)
  @Allow()
  upload!: Promise<FileUpload>;
}
