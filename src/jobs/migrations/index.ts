import type { Migrations } from '../../database/index.ts';
import { createJobs } from './0001-jobs.ts';
import { addJobTraffic } from './0007-job-traffic.ts';

export const jobsMigrations: Migrations = { '0001-jobs': createJobs, '0007-job-traffic': addJobTraffic };
