/** What a job does. Each kind has one `JobHandler`, and the service does not start without it. */
export enum JobKind {
  IMPORT_DATASET = 'IMPORT_DATASET',
  BUILD_INDEX = 'BUILD_INDEX',
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

/** A job as it stands in the table. */
export interface Job {
  readonly id: number;
  readonly kind: JobKind;
  readonly datasetId: number;
  readonly input: unknown;
  readonly state: JobState;
  /** Items to go through, once that is known. */
  readonly total: number | null;
  readonly done: number;
  readonly failed: number;
  readonly itemsPerSecond: number | null;
  /** Bytes that came over the network since this run of the job began. */
  readonly bytes: number;
  /** Some of the hosts it is dealing with at the moment. */
  readonly hosts: readonly string[];
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** An item that a job could not process; the job went on. */
export interface ItemFailure {
  readonly item: string;
  readonly code: string;
  readonly message: string;
}
