import type { Migrations } from '../../database/index.ts';
import { createJobs } from './0001-jobs.ts';

export const jobsMigrations: Migrations = { '0001-jobs': createJobs };
