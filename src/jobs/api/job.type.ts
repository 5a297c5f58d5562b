import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Connection } from '../../common/index.ts';
import { JobKind, JobState, type Job } from '../job.ts';

registerEnumType(JobKind, {
  name: 'JobKind',
  valuesMap: {
    IMPORT_DATASET: { description: 'Takes images from a source into a dataset.' },
    BUILD_INDEX: { description: 'Computes embeddings and writes them to the vector index.' },
    DELETE_DATASET: { description: 'Deletes a dataset with its images and its index.' },
  },
});

registerEnumType(JobState, {
  name: 'JobState',
  valuesMap: {
    QUEUED: { description: 'Waits for its turn. A job whose process was killed comes back here.' },
    RUNNING: { description: 'Is being done.' },
    SUCCEEDED: {
      description:
        'Went through all items and did at least one, if there were any; `failures` lists those that could not be done.',
    },
    FAILED: { description: 'Could not go on; `error` says why and what to do.' },
    CANCELLED: { description: 'Was stopped on request. What it had finished stays.' },
  },
});

@ObjectType('JobError', { description: 'Why a job failed as a whole.' })
export class JobErrorType {
  @Field(() => String)
  code!: string;

  @Field(() => String)
  message!: string;
}

@ObjectType('ItemFailure', { description: 'An item that a job could not do. The job went on.' })
export class ItemFailureType {
  @Field(() => String, { description: "The item's name in its source." })
  item!: string;

  @Field(() => String)
  code!: string;

  @Field(() => String)
  message!: string;
}

@ObjectType('ItemFailureConnection')
export class ItemFailureConnection extends Connection(ItemFailureType, 'ItemFailure') {}

@ObjectType('Job', {
  description: 'A piece of long work: it survives restarts, shows progress and can be cancelled.',
})
export class JobType {
  @Field(() => ID)
  id!: string;

  @Field(() => JobKind)
  kind!: JobKind;

  @Field(() => ID)
  datasetId!: string;

  @Field(() => JobState)
  state!: JobState;

  @Field(() => Int, { nullable: true, description: 'Items to go through; null until that is known.' })
  total!: number | null;

  @Field(() => Int, { description: 'Items done, those included that had been done before.' })
  done!: number;

  @Field(() => Int, { description: 'Items that failed.' })
  failed!: number;

  @Field(() => Float, { nullable: true })
  itemsPerSecond!: number | null;

  @Field(() => Float, { nullable: true, description: 'Seconds until it has ended, at the rate so far.' })
  secondsLeft!: number | null;

  @Field(() => Float, { description: 'Bytes that it has downloaded since this run of it began.' })
  bytes!: number;

  @Field(() => [String], { description: 'Some of the hosts that it is downloading from at the moment.' })
  currentHosts!: string[];

  @Field(() => JobErrorType, { nullable: true })
  error!: JobErrorType | null;

  @Field(() => Date)
  createdAt!: Date;

  @Field(() => Date, { nullable: true })
  startedAt!: Date | null;

  @Field(() => Date, { nullable: true })
  finishedAt!: Date | null;
}

@ObjectType('JobConnection')
export class JobConnection extends Connection(JobType, 'Job') {}

/** The API's view of a job. */
export function toJobType(job: Job): JobType {
  return {
    id: String(job.id),
    kind: job.kind,
    datasetId: String(job.datasetId),
    state: job.state,
    total: job.total,
    done: job.done,
    failed: job.failed,
    itemsPerSecond: job.itemsPerSecond,
    secondsLeft: secondsLeft(job),
    bytes: job.bytes,
    currentHosts: [...job.hosts],
    error: job.error,
    createdAt: job.createdAt,
    startedAt: job.startedAt,
    finishedAt: job.finishedAt,
  };
}

/** Seconds until a running job has ended, if it goes on as it did; null where nothing tells. */
export function secondsLeft({ state, total, done, failed, itemsPerSecond }: Job): number | null {
  if (state !== JobState.RUNNING || total === null || !itemsPerSecond) return null;
  return Math.max(0, total - done - failed) / itemsPerSecond;
}
