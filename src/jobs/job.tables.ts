import type { Generated } from 'kysely';
import type { JobKind, JobStage, JobState } from './job.ts';

/** Times are milliseconds since the epoch. */
export interface JobsTables {
  jobs: {
    id: Generated<number>;
    kind: JobKind;
    /** The jobs of one dataset run one after the other, in the order in which they were queued. */
    dataset_id: number;
    /** Canonical JSON: two active jobs of one kind and dataset never have the same input. */
    input: string;
    state: JobState;
    stage: JobStage | null;
    /** The share of all its stages that is done, 0 to 1. */
    progress: Generated<number>;
    total: number | null;
    done: number;
    failed: number;
    /** Of the items that are done, those with a warning. */
    warned: Generated<number>;
    /** Items per second since this run of the job began, counting those done and those failed. */
    items_per_second: number | null;
    /** Bytes received over the network. */
    bytes: Generated<number>;
    /** The hosts that it is downloading from, as a JSON array. */
    hosts: Generated<string>;
    error_code: string | null;
    error_message: string | null;
    cancel_requested: Generated<number>;
    /** The process that runs the job; see process-presence.ts. */
    owner: string | null;
    created_at: number;
    started_at: number | null;
    finished_at: number | null;
  };
  job_failures: {
    id: Generated<number>;
    job_id: number;
    /** What failed, by the name that users know: an external id or a file name. */
    item: string;
    code: string;
    message: string;
  };
  /** The ends of jobs in their order, kept by a trigger: the last 10,000. */
  job_endings: {
    id: Generated<number>;
    job_id: number;
  };
  /** The rows of `job_failures` by reason, kept by triggers. */
  job_failure_counts: {
    job_id: number;
    code: string;
    failures: number;
  };
}
