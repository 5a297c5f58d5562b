import { ArgsType, Field, Float, InputType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsBoolean, IsEnum, IsNumber, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import { ImportDatasetInput, SyncCompare } from '../imports/import-dataset.input.ts';

@InputType({ description: 'When a source is due: `every` or `cron`.' })
export class SourceScheduleInput {
  @Field(() => String, { nullable: true, description: 'An interval, as in `30m`, `6h` or `1d`.' })
  @IsOptional()
  @IsString()
  every?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A cron pattern of five fields, as in `0 3 * * 1-5`: minute, hour, day of the month, month, day of the week.',
  })
  @IsOptional()
  @IsString()
  cron?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The time zone of the pattern, as in `Europe/Vienna`; that of the server by default.',
  })
  @IsOptional()
  @IsString()
  timeZone?: string | null;
}

const IMPORT =
  'What to import and how, as for `importDataset`. Its `mode` does not matter: sources are synchronised with. ' +
  'Annotations at an `annotationsUrl` are downloaded for each run. Uploads and stages are refused, because they do not last.';
const WATCH =
  'Whether the server synchronises when the folder or the annotation file has changed, as soon as nothing more has changed for a while.';

@InputType({ description: 'A source to keep under a name.' })
export class AddSourceInput {
  @Field(() => String, { description: '1 to 63 lower-case letters, digits and hyphens.' })
  @IsString()
  name!: string;

  @Field(() => ImportDatasetInput, { description: IMPORT })
  @ValidateNested()
  @Type(() => ImportDatasetInput)
  import!: ImportDatasetInput;

  @Field(() => SourceScheduleInput, {
    nullable: true,
    description: 'When the server synchronises by itself; only when told if it is omitted.',
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => SourceScheduleInput)
  schedule?: SourceScheduleInput | null;

  @Field(() => Boolean, { defaultValue: false, description: WATCH })
  @IsBoolean()
  watch = false;
}

@InputType({ description: 'What to change of a source. What is omitted stays.' })
export class UpdateSourceInput {
  @Field(() => ImportDatasetInput, {
    nullable: true,
    description: `${IMPORT} It replaces all that was given before.`,
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => ImportDatasetInput)
  import?: ImportDatasetInput | null;

  @Field(() => SourceScheduleInput, { nullable: true, description: 'Null turns the schedule off.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => SourceScheduleInput)
  schedule?: SourceScheduleInput | null;

  @Field(() => Boolean, { nullable: true, description: WATCH })
  @IsOptional()
  @IsBoolean()
  watch?: boolean | null;

  @Field(() => Float, {
    nullable: true,
    description: 'The share of its images, 0 to 1, that a run may remove. Null for 0.1.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  maxDelete?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'How many items may fail: a whole number, or a share below 1. Null for no limit.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  maxFailures?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it wins over what people have edited or deleted.',
  })
  @IsOptional()
  @IsBoolean()
  overwrite?: boolean | null;

  @Field(() => SyncCompare, { nullable: true, description: 'How pictures are compared.' })
  @IsOptional()
  @IsEnum(SyncCompare)
  compare?: SyncCompare | null;
}

@ArgsType()
export class SyncSourceArgs {
  @Field(() => Float, {
    nullable: true,
    description: 'The share of its images, 0 to 1, that this run may remove, instead of its own.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  maxDelete?: number | null;
}
