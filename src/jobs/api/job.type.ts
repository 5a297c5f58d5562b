import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Connection, globalId, Node } from '../../common/index.ts';
import { JobKind, JobStage, JobState, type Job } from '../job.ts';

registerEnumType(JobKind, {
  description: 'What a job does.',
  name: 'JobKind',
  valuesMap: {
    IMPORT_DATASET: { description: 'Imports images from a source into a dataset.' },
    BUILD_INDEX: { description: 'Computes embeddings and writes them to the vector index.' },
    BUILD_MAP: { description: 'Places the images of a dataset on a map.' },
    VERIFY_FILES: {
      description: 'Checks the files of the images of a dataset, and fetches damaged ones again.',
    },
    DELETE_DATASET: { description: 'Deletes a dataset with its images and its index.' },
  },
});

registerEnumType(JobState, {
  description: 'How far a job has come.',
  name: 'JobState',
  valuesMap: {
    QUEUED: { description: 'Waiting for its turn. A job whose process was killed returns to this state.' },
    RUNNING: { description: 'In progress.' },
    SUCCEEDED: {
      description:
        'All items were processed, and at least one succeeded if there were any. `failures` lists those that failed.',
    },
    FAILED: { description: 'The job could not continue; `error` says why and what to do.' },
    CANCELLED: { description: 'Stopped on request. What it had finished stays.' },
  },
});

registerEnumType(JobStage, {
  description:
    'What a running job is doing. Which stages a job has depends on its kind and on what there is to do; one may come twice.',
  name: 'JobStage',
  valuesMap: {
    READING: { description: 'Reads what it works on: the source of an import, or the vectors of a map.' },
    TRANSCRIBING: {
      description:
        'Unpacks annotations or decodes them to UTF-8, and writes down the rows of XML, Parquet or tar archives, which can only be read from the beginning.',
    },
    COMPARING: { description: 'Compares the source of a synchronisation with the dataset.' },
    IMPORTING: { description: 'Reads or downloads pictures, checks and stores them.' },
    EMBEDDING: { description: 'Turns pictures into vectors.' },
    FITTING: { description: 'Fits the projection of the model, and learns from labels and feedback.' },
    WRITING: { description: 'Writes vectors to the index.' },
    BUILDING_GRAPH: { description: 'Brings the vector index into its fast form.' },
    CALIBRATING: { description: 'Measures what the scores of the index mean.' },
    ARRANGING: { description: 'Places images on a map.' },
    DELETING: { description: 'Deletes images.' },
  },
});

@ObjectType('JobError', { description: 'Why a job failed as a whole.' })
export class JobErrorType {
  @Field(() => String)
  code!: string;

  @Field(() => String)
  message!: string;
}

@ObjectType('ItemFailure', {
  description: 'An item that a job could not process. The job continued with the others.',
})
export class ItemFailureType {
  @Field(() => String, { description: "The item's name in its source." })
  item!: string;

  @Field(() => String)
  code!: string;

  @Field(() => String)
  message!: string;
}

@ObjectType('FailureCount', { description: 'How many items of a job failed for one reason.' })
export class FailureCountType {
  @Field(() => String)
  code!: string;

  @Field(() => Int)
  count!: number;

  @Field(() => String, { description: 'The message of the first of them.' })
  message!: string;
}

@ObjectType('ItemFailureConnection', { description: 'A page of items that a job could not process.' })
export class ItemFailureConnection extends Connection(ItemFailureType, 'ItemFailure') {}

@ObjectType('Job', {
  implements: () => Node,
  description: 'A long-running task that survives restarts, reports progress and can be cancelled.',
})
export class JobType extends Node {
  @Field(() => JobKind)
  kind!: JobKind;

  @Field(() => ID)
  datasetId!: string;

  @Field(() => JobState)
  state!: JobState;

  @Field(() => JobStage, {
    nullable: true,
    description: 'What it is doing, or was doing last; null if it has not begun.',
  })
  stage!: JobStage | null;

  @Field(() => Float, {
    description:
      'The share of the whole job that is done, over all its stages, 0 to 1. It never falls, even if the job is interrupted and resumes.',
  })
  progress!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'The number of items to process; null until it is known.',
  })
  total!: number | null;

  @Field(() => Int, {
    description:
      'The number of items done, including those that were done before. A job whose stages go over the items several times counts the first time. Together with `failed`, it does not fall while the job runs.',
  })
  done!: number;

  @Field(() => Int, { description: 'The number of items that failed.' })
  failed!: number;

  @Field(() => Int, {
    description:
      'Of the items that are done, the number of those with a warning: of an import, images whose pictures are slightly damaged; of a verification, images whose files were fetched again.',
  })
  warned!: number;

  @Field(() => Float, { nullable: true })
  itemsPerSecond!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'The estimated number of seconds until all items are counted, at the rate so far; null if there is no estimate or all are.',
  })
  secondsLeft!: number | null;

  @Field(() => Float, { description: 'The number of bytes downloaded since this run of the job began.' })
  bytes!: number;

  @Field(() => [String], { description: 'Some of the hosts that it is currently downloading from.' })
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

@ObjectType('JobConnection', { description: 'A page of jobs.' })
export class JobConnection extends Connection(JobType, 'Job') {}

/** The API's view of a job. */
export function toJobType(job: Job): JobType {
  return {
    id: globalId('Job', job.id),
    kind: job.kind,
    datasetId: globalId('Dataset', job.datasetId),
    state: job.state,
    stage: job.stage,
    progress: job.progress,
    total: job.total,
    done: job.done,
    failed: job.failed,
    warned: job.warned,
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

/** The estimated seconds until a running job has counted all items; null if there is no estimate. */
export function secondsLeft({ state, total, done, failed, itemsPerSecond }: Job): number | null {
  if (state !== JobState.RUNNING || total === null || !itemsPerSecond) return null;
  const left = total - done - failed;
  return left > 0 ? left / itemsPerSecond : null;
}
