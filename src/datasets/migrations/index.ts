import type { Migrations } from '../../database/index.ts';
import { createDatasets } from './0002-datasets.ts';
import { createDownloads } from './0005-downloads.ts';
import { createPerceptualHashes } from './0006-perceptual-hashes.ts';
import { createAttributes } from './0012-attributes.ts';
import { createDuplicateDecisions } from './0017-duplicate-decisions.ts';
import { createStages } from './0019-stages.ts';

export const datasetsMigrations: Migrations = {
  '0002-datasets': createDatasets,
  '0005-downloads': createDownloads,
  '0006-perceptual-hashes': createPerceptualHashes,
  '0012-attributes': createAttributes,
  '0017-duplicate-decisions': createDuplicateDecisions,
  '0019-stages': createStages,
};
