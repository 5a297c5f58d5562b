/** The kinds of jobs. Each has one `JobHandler`, without which the service does not start. */
export enum JobKind {
  IMPORT_DATASET = 'IMPORT_DATASET',
  BUILD_INDEX = 'BUILD_INDEX',
  BUILD_MAP = 'BUILD_MAP',
  DELETE_DATASET = 'DELETE_DATASET',
}

export enum JobState {
  QUEUED = 'QUEUED',
  RUNNING = 'RUNNING',
  SUCCEEDED = 'SUCCEEDED',
  FAILED = 'FAILED',
  CANCELLED = 'CANCELLED',
}

export const ACTIVE_STATES = [JobState.QUEUED, JobState.RUNNING] as const;

/** A job as its row describes it. */
export interface Job {
  readonly id: number;
  readonly kind: JobKind;
  readonly datasetId: number;
  readonly input: unknown;
  readonly state: JobState;
  /** The number of items to process; null until it is known. */
  readonly total: number | null;
  readonly done: number;
  readonly failed: number;
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

/** An item that a job could not process. The job continued with the others. */
export interface ItemFailure {
  readonly item: string;
  readonly code: string;
  readonly message: string;
}
