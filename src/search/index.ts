export { ClusterConfig } from './vector-index/cluster/cluster.config.ts';
export { IndexRepository } from './indexing/index.repository.ts';
export {
  EvaluationService,
  type Evaluation,
  type LabelledQuery,
  type ModelEvaluation,
} from './evaluation/evaluation.service.ts';
export { searchMigrations } from './migrations/index.ts';
export { SearchConfig } from './search.config.ts';
export { SearchModule } from './search.module.ts';
export { IndexesService, type IndexStatus } from './indexing/indexes.service.ts';
export { queryPictureKey, toQueryPictureType } from './api/query-picture.type.ts';
export { QueryPicturesConfig } from './query-pictures/query-pictures.config.ts';
export { QueryPictures } from './query-pictures/query-pictures.service.ts';
export { SEARCHES_AT_ONCE } from './query/search-batch.ts';
export { SimilarImagesService } from './query/similar-images.service.ts';
export {
  SEARCH_LIMITS,
  type SearchBy,
  type SimilarImageHit,
  type SimilarImages,
  type SimilarImagesQuery,
} from './query/similar-images.ts';
export type { Interval } from './evaluation/retrieval-metrics.ts';
