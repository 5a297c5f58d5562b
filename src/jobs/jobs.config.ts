import { configSlice, wholeNumber } from '../config/index.ts';

export class JobsConfig extends configSlice(
  { title: 'Jobs' },
  {
    JOBS_CONCURRENCY: wholeNumber({
      min: 1,
      max: 16,
      fallback: 2,
      meaning:
        'The number of jobs that run at the same time. Jobs of the same dataset always run one after the other.',
    }),
  },
) {}
