export { ClusterConfig } from './vector-index/cluster/cluster.config.ts';
export { IndexRepository } from './indexing/index.repository.ts';
export {
  EvaluationService,
  type Evaluation,
  type LabelledQuery,
  type ModelEvaluation,
} from './evaluation/evaluation.service.ts';
export {
  ExplanationsService,
  type ExplainedPicture,
  type Explanation,
} from './explanation/explanations.service.ts';
export { searchMigrations } from './migrations/index.ts';
export { SearchConfig } from './search.config.ts';
export { SearchModule } from './search.module.ts';
export { IndexesService, type IndexStatus } from './indexing/indexes.service.ts';
export { queryPictureKey, toQueryPictureType } from './api/query-pictures/query-picture.type.ts';
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
export type { LabelError } from './label-errors/assess-label.ts';
export { LabelErrors, MOST_LABEL_ERRORS } from './label-errors/label-errors.service.ts';
export { FeedbackConfig } from './feedback/feedback.config.ts';
export {
  FeedbackEvaluations,
  type FeedbackEvaluation,
  type MeanOverQueries,
} from './feedback/feedback-evaluation.ts';
export { FeedbackService, type KnownFeedback } from './feedback/feedback.service.ts';
export { Verdict } from './feedback/feedback.ts';
export type { Reliability } from './confidence/reliability.ts';
export type { Interval } from './evaluation/retrieval-metrics.ts';
