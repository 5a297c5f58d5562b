import { Field, Float, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { AnnotationFormat } from '../../../annotations/index.ts';
import { Connection } from '../../../common/index.ts';
import { JobErrorType } from '../../../jobs/index.ts';
import { shownPlace, type KeptSource } from '../../kept-sources/kept-source.ts';
import { shownSchedule, type ShownSchedule } from '../../kept-sources/schedule.ts';
import { SyncCompare } from '../imports/import-dataset.input.ts';

export enum SourceKind {
  DIRECTORY = 'DIRECTORY',
  ANNOTATIONS = 'ANNOTATIONS',
  URL = 'URL',
}
registerEnumType(SourceKind, {
  name: 'SourceKind',
  description: 'What a source reads.',
  valuesMap: {
    DIRECTORY: { description: 'A folder of pictures, or a prefix in S3.' },
    ANNOTATIONS: { description: 'An annotation file on the server.' },
    URL: { description: 'An annotation file that each run downloads.' },
  },
});

@ObjectType('SourceSchedule', { description: 'When a source is due.' })
export class SourceScheduleType implements ShownSchedule {
  @Field(() => String, { nullable: true, description: 'An interval such as `6h`; null for a cron pattern.' })
  every!: string | null;

  @Field(() => String, { nullable: true, description: 'A cron pattern; null for an interval.' })
  cron!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The time zone of the pattern; null for that of the server.',
  })
  timeZone!: string | null;
}

@ObjectType('Source', { description: 'A source that is kept under a name, to be synchronised with.' })
export class SourceType {
  @Field(() => String, { description: 'Unique.' })
  name!: string;

  @Field(() => String, {
    description: 'The name of the dataset, which the first run creates if there is none.',
  })
  datasetName!: string;

  @Field(() => SourceKind)
  kind!: SourceKind;

  @Field(() => String, {
    description: 'The path or URL that it reads. Of paths that the API could not have named, only the end.',
  })
  place!: string;

  @Field(() => [String], { nullable: true, description: 'Only images with at least one of these labels.' })
  labelIds!: readonly string[] | null;

  @Field(() => Int, { nullable: true, description: 'At most this many images.' })
  limit!: number | null;

  @Field(() => AnnotationFormat, { nullable: true, description: 'Null for a folder.' })
  format!: AnnotationFormat | null;

  @Field(() => [String], { description: 'The names of the attributes that it sets.' })
  attributes!: readonly string[];

  @Field(() => Float, { nullable: true, description: 'The share of its images that a run may remove.' })
  maxDelete!: number | null;

  @Field(() => Float, { nullable: true, description: 'How many items may fail, as a number or a share.' })
  maxFailures!: number | null;

  @Field(() => Boolean, { description: 'Whether it wins over what people have edited or deleted.' })
  overwrite!: boolean;

  @Field(() => SyncCompare)
  compare!: SyncCompare;

  @Field(() => SourceScheduleType, {
    nullable: true,
    description: 'When the server synchronises by itself; null if it does not.',
  })
  schedule!: SourceScheduleType | null;

  @Field(() => Boolean, { description: 'Whether the server synchronises when something has changed.' })
  watch!: boolean;

  @Field(() => Date, { nullable: true, description: 'When the next run by schedule is due.' })
  nextRunAt!: Date | null;

  @Field(() => JobErrorType, {
    nullable: true,
    description: 'Why the last attempt came to no job, such as a path that is gone; null if it did.',
  })
  problem!: JobErrorType | null;

  @Field(() => Date)
  createdAt!: Date;

  lastJobId!: number | null;
}

@ObjectType('SourceConnection', { description: 'A page of sources.' })
export class SourceConnection extends Connection(SourceType, 'Source') {}

const KINDS = {
  directory: SourceKind.DIRECTORY,
  annotations: SourceKind.ANNOTATIONS,
  feed: SourceKind.URL,
  bucket: SourceKind.DIRECTORY,
} as const;

export function toSourceType(kept: KeptSource): SourceType {
  const { source, sync, ...selection } = kept.request;
  const reading = source.kind === 'directory' || source.kind === 'bucket' ? undefined : source;
  return {
    name: kept.name,
    datasetName: selection.dataset,
    kind: KINDS[source.kind],
    place: shownPlace(kept),
    labelIds: selection.labelIds ?? null,
    limit: selection.limit ?? null,
    format: reading === undefined ? null : (reading.format ?? AnnotationFormat.AUTO),
    attributes: (reading?.attributes ?? []).map(({ name }) => name),
    maxDelete: sync.maxDelete ?? null,
    maxFailures: selection.maxFailures ?? null,
    overwrite: sync.overwrite,
    compare: SyncCompare[sync.compare],
    schedule: kept.schedule && shownSchedule(kept.schedule),
    watch: kept.watch,
    nextRunAt: kept.nextRunAt,
    problem: kept.problem && { code: kept.problem.code, message: kept.problem.message },
    createdAt: kept.createdAt,
    lastJobId: kept.lastJobId,
  };
}
