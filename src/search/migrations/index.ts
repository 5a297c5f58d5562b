import type { Migrations } from '../../database/index.ts';
import { createSearch } from './0004-search.ts';
import { createIndexFailures } from './0009-index-failures.ts';
import { createReplacedIndexes } from './0010-replaced-indexes.ts';
import { createInstallation } from './0011-installation.ts';
import { createEntryFacts } from './0013-entry-facts.ts';
import { createQueryPictures } from './0015-query-pictures.ts';
import { createWrittenChanges } from './0016-written-changes.ts';
import { createDatasetMaps } from './0018-dataset-maps.ts';
import { nameLearningModels } from './0020-learning-models.ts';
import { createIndexCalibrations } from './0021-index-calibrations.ts';
import { createFeedback } from './0022-feedback.ts';

export const searchMigrations: Migrations = {
  '0004-search': createSearch,
  '0009-index-failures': createIndexFailures,
  '0010-replaced-indexes': createReplacedIndexes,
  '0011-installation': createInstallation,
  '0013-entry-facts': createEntryFacts,
  '0015-query-pictures': createQueryPictures,
  '0016-written-changes': createWrittenChanges,
  '0018-dataset-maps': createDatasetMaps,
  '0020-learning-models': nameLearningModels,
  '0021-index-calibrations': createIndexCalibrations,
  '0022-feedback': createFeedback,
};
