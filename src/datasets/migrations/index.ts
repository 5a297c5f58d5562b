import type { Migrations } from '../../database/index.ts';
import { createDatasets } from './0002-datasets.ts';

export const datasetsMigrations: Migrations = { '0002-datasets': createDatasets };
