export { EmbeddingsConfig } from './embeddings.config.ts';
export { EmbeddingsModule } from './embeddings.module.ts';
export { EmbeddingsService } from './embeddings.service.ts';
export type { Embedded, EmbeddingFailure, EmbeddingItem } from './embedding-pipeline.ts';
export type { ModelIdentity } from './model-identity.ts';
export { embeddingsMigrations } from './migrations/index.ts';
export { EmbeddingModelModel } from './models/embedding-model.model.ts';
export type { Region } from './preprocess.ts';
