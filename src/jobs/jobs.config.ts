import { configSlice, wholeNumber } from '../config/index.ts';

export class JobsConfig extends configSlice({
  /** Jobs that run at once, each of another dataset. */
  JOBS_CONCURRENCY: wholeNumber({ min: 1, max: 16, fallback: 2 }),
}) {}
