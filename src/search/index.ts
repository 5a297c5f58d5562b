export { ClusterConfig } from './cluster.config.ts';
export { DatasetIndexes } from './dataset-indexes.ts';
export {
  EvaluationService,
  type Evaluation,
  type LabelledQuery,
  type ModelEvaluation,
} from './evaluation.service.ts';
export { searchMigrations } from './migrations/index.ts';
export { SearchConfig } from './search.config.ts';
export { SearchModule } from './search.module.ts';
export { MAX_K, SearchService } from './search.service.ts';
export type { SimilarImageHit, SimilarImages } from './similar-images.ts';
export type { Interval } from './retrieval-metrics.ts';
