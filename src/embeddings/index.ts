export { modelNotLoaded, projectionMissing, projectionTooFew, textInvalid } from './embeddings.errors.ts';
export { EmbeddingModelDescriptions } from './api/embedding-model-descriptions.ts';
export { EmbeddingModelType } from './api/embedding-model.type.ts';
export { EmbeddingsConfig } from './embeddings.config.ts';
export { EmbeddingsModule } from './embeddings.module.ts';
export { embeddingsMigrations } from './migrations/index.ts';
export type { ContributionGrid } from './explanation/contribution-grid.ts';
export { Explainer, type ScoreExplanation } from './explanation/explainer.ts';
export { ConfiguredModel } from './models/configured-model.ts';
export { EmbeddingModel } from './models/embedding-model.ts';
export { EmbeddingModels } from './models/embedding-models.ts';
export {
  asksForLabels,
  modelIdentityFromJson,
  type ModelIdentity,
  type NetworkIdentity,
} from './models/model-identity.ts';
export { NAMED_SPECS, type ModelSpec } from './models/model-spec.ts';
export { Embedder } from './pipeline/embedder.ts';
export type { EmbeddingFailure } from './pipeline/embedding-failure.ts';
export type { Embedded, EmbeddingItem } from './pipeline/embedding-pipeline.ts';
export { EmbeddingStore } from './pipeline/embedding-store.ts';
export type { Region } from './preprocessing/preprocess.ts';
export { FITTING_SAMPLE, isInFittingSample } from './projection/fitting/fit-axes.ts';
export type { Labelled, LabelledVector } from './projection/learning/labelled-sample.ts';
export type { HeldOutFold } from './projection/learning/held-out-folds.ts';
export type { JudgedPair, JudgedVector } from './projection/learning/judged-pairs.ts';
export type { AlteredCopy } from './projection/learning/learn-axes.ts';
export { explainLearning } from './projection/learning/explain-learning.ts';
export { LearningReason, type Learning } from './projection/learning/learning.ts';
export { isFittedOnFew, isSupervised, Projection } from './projection/projection.ts';
export type { Drift, LabelSample, ProjectionStats } from './projection/projection.ts';
export { Projections, type ProjectionFacts } from './projection/projections.ts';
export {
  ModelRegistry,
  ModelRegistryModule,
  RECIPES,
  type ListedModel,
  type Proposal,
} from './registry/index.ts';
