import type { Migrations } from '../../database/index.ts';
import { createDatasets } from './0002-datasets.ts';
import { createDownloads } from './0005-downloads.ts';
import { createPerceptualHashes } from './0006-perceptual-hashes.ts';
import { createAttributes } from './0012-attributes.ts';
import { createDuplicateDecisions } from './0017-duplicate-decisions.ts';
import { createStages } from './0019-stages.ts';
import { keepCounts } from './0024-kept-counts.ts';
import { createImportSources } from './0026-import-sources.ts';
import { keepValues } from './0028-kept-values.ts';
import { createKeptSources } from './0030-kept-sources.ts';
import { addImageWarnings } from './0034-image-warnings.ts';
import { createFileChecks } from './0035-file-checks.ts';
import { noteComparedItems } from './0036-compared-items.ts';
import { createSourceFailures } from './0037-source-failures.ts';

export const datasetsMigrations: Migrations = {
  '0002-datasets': createDatasets,
  '0005-downloads': createDownloads,
  '0006-perceptual-hashes': createPerceptualHashes,
  '0012-attributes': createAttributes,
  '0017-duplicate-decisions': createDuplicateDecisions,
  '0019-stages': createStages,
  '0024-kept-counts': keepCounts,
  '0026-import-sources': createImportSources,
  '0028-kept-values': keepValues,
  '0030-kept-sources': createKeptSources,
  '0034-image-warnings': addImageWarnings,
  '0035-file-checks': createFileChecks,
  '0036-compared-items': noteComparedItems,
  '0037-source-failures': createSourceFailures,
};
