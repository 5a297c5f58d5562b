import { errorsOf } from '../common/index.ts';
import type { JobState } from './job.ts';

const defineError = errorsOf('Jobs');

export const jobNotFound = defineError({
  code: 'JOB_NOT_FOUND',
  status: 404,
  meaning: 'There is no job with this id.',
  remedy: 'List the jobs with the query `jobs`.',
  message: (id: string | number) => `There is no job ${id}. The query "jobs" lists them.`,
  details: (id) => ({ id: String(id) }),
});

export const jobInterrupted = defineError({
  code: 'JOB_INTERRUPTED',
  status: 503,
  meaning: 'The process was asked to stop before the job had ended.',
  remedy: 'Start the service again, or run the same command again: the job resumes.',
  message: (id: number) =>
    `The process was asked to stop before job ${id} had ended. The job resumes with the next process that runs jobs.`,
  details: (id) => ({ id: String(id) }),
});

export const jobEnded = defineError({
  code: 'JOB_ENDED',
  status: 409,
  meaning: 'The job to cancel has already ended.',
  remedy: 'There is nothing to do.',
  message: (id: number, state: JobState) =>
    `Job ${id} has ended (${state}); there is nothing left to cancel.`,
  details: (id, state) => ({ id: String(id), state }),
});
