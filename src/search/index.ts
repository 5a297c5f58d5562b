export { EvaluationService, type Evaluation } from './evaluation.service.ts';
export { searchMigrations } from './migrations/index.ts';
export { SearchConfig } from './search.config.ts';
export { SearchModule } from './search.module.ts';
export { SearchService } from './search.service.ts';
export type { SimilarImageHit, SimilarImages } from './similar-images.ts';
