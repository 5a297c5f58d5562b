/** The kinds of jobs. Each has one `JobHandler`, without which the service does not start. */
export enum JobKind {
  IMPORT_DATASET = 'IMPORT_DATASET',
  BUILD_INDEX = 'BUILD_INDEX',
  BUILD_MAP = 'BUILD_MAP',
  DELETE_DATASET = 'DELETE_DATASET',
  VERIFY_FILES = 'VERIFY_FILES',
}

export enum JobState {
  QUEUED = 'QUEUED',
  RUNNING = 'RUNNING',
  SUCCEEDED = 'SUCCEEDED',
  FAILED = 'FAILED',
  CANCELLED = 'CANCELLED',
}

/** What a running job is doing, one stage after the other. Which stages a job has depends on its kind and on what there is to do. */
export enum JobStage {
  READING = 'READING',
  TRANSCRIBING = 'TRANSCRIBING',
  COMPARING = 'COMPARING',
  IMPORTING = 'IMPORTING',
  EMBEDDING = 'EMBEDDING',
  FITTING = 'FITTING',
  WRITING = 'WRITING',
  BUILDING_GRAPH = 'BUILDING_GRAPH',
  CALIBRATING = 'CALIBRATING',
  ARRANGING = 'ARRANGING',
  DELETING = 'DELETING',
}

export const ACTIVE_STATES = [JobState.QUEUED, JobState.RUNNING] as const;

/** A job as its row describes it. */
export interface Job {
  readonly id: number;
  readonly kind: JobKind;
  readonly datasetId: number;
  readonly input: unknown;
  readonly state: JobState;
  /** What it is doing, or was doing last; null if it has not said so. */
  readonly stage: JobStage | null;
  /** The share of all its stages that is done, 0 to 1. It never falls, even if the job is interrupted and resumes. */
  readonly progress: number;
  /** The number of items to process; null until it is known. */
  readonly total: number | null;
  readonly done: number;
  readonly failed: number;
  /** Of the items that are done, those with a warning. */
  readonly warned: number;
  readonly itemsPerSecond: number | null;
  /** Bytes received over the network since this run of the job began. */
  readonly bytes: number;
  /** Some of the hosts that it is currently downloading from. */
  readonly hosts: readonly string[];
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** How many items of a job failed for one reason. */
export interface FailureCount {
  readonly code: string;
  readonly count: number;
  /** Of the first of them. */
  readonly message: string;
}

/** An item that a job could not process. The job continued with the others. */
export interface ItemFailure {
  readonly item: string;
  readonly code: string;
  readonly message: string;
}
