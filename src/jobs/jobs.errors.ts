import { AppError } from '../common/index.ts';
import type { JobState } from './job.ts';

export const jobNotFound = (id: string | number) =>
  new AppError('JOB_NOT_FOUND', `There is no job ${id}. The query "jobs" lists them.`, { id: String(id) });

export const jobInterrupted = (id: number) =>
  new AppError(
    'JOB_INTERRUPTED',
    `The process was told to stop before job ${id} had ended. The job resumes with the next process that runs jobs.`,
    { id: String(id) },
  );

export const jobEnded = (id: number, state: JobState) =>
  new AppError('JOB_ENDED', `Job ${id} has ended (${state}); there is nothing left to cancel.`, {
    id: String(id),
    state,
  });
