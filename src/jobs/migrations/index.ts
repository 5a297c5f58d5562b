import type { Migrations } from '../../database/index.ts';
import { createJobs } from './0001-jobs.ts';
import { addJobTraffic } from './0007-job-traffic.ts';
import { keepFailureCounts } from './0025-failure-counts.ts';
import { addJobStages } from './0027-job-stages.ts';
import { numberEndings } from './0031-job-endings.ts';
import { addJobWarnings } from './0035-job-warnings.ts';

export const jobsMigrations: Migrations = {
  '0001-jobs': createJobs,
  '0007-job-traffic': addJobTraffic,
  '0025-failure-counts': keepFailureCounts,
  '0027-job-stages': addJobStages,
  '0031-job-endings': numberEndings,
  '0035-job-warnings': addJobWarnings,
};
