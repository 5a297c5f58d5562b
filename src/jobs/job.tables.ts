import type { Generated } from 'kysely';
import type { JobKind, JobState } from './job.ts';

/** Times are milliseconds since the epoch. */
export interface JobsTables {
  jobs: {
    id: Generated<number>;
    kind: JobKind;
    /** Jobs of one dataset run one after the other, in the order they came. */
    dataset_id: number;
    /** The input as canonical JSON: two active jobs of a kind never have the same. */
    input: string;
    state: JobState;
    total: number | null;
    done: number;
    failed: number;
    /** Items a second since this run of the job began, done and failed together. */
    items_per_second: number | null;
    /** Bytes that came over the network. */
    bytes: Generated<number>;
    /** Hosts it is dealing with: a JSON array. */
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
    /** What failed, in the words of the one who asked: an external id, a file name. */
    item: string;
    code: string;
    message: string;
  };
}
