import { AppError } from '../common/index.ts';
import type { JobState } from './job.ts';

export const jobNotFound = (id: string | number) =>
  new AppError('JOB_NOT_FOUND', `There is no job ${id}. The query "jobs" lists them.`, { id: String(id) });

export const jobEnded = (id: number, state: JobState) =>
  new AppError('JOB_ENDED', `Job ${id} has ended (${state}); there is nothing left to cancel.`, {
    id: String(id),
    state,
  });
