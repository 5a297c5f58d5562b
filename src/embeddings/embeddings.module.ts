import { availableParallelism } from 'node:os';
import { Module } from '@nestjs/common';
import { Database } from '../database/index.ts';
import { ConfiguredModel } from './configured-model.ts';
import { EmbeddingCache } from './embedding-cache.ts';
import { EmbeddingsConfig } from './embeddings.config.ts';
import { EmbeddingsResolver } from './embeddings.resolver.ts';
import { EmbeddingsService } from './embeddings.service.ts';
import { FeatureExtractor } from './feature-extractor.port.ts';
import { ModelCatalogue } from './model-catalogue.ts';
import { modelIdentity } from './model-identity.ts';
import type { ModelManifest } from './model-manifest.ts';
import { planSessions } from './session-plan.ts';

/** Makes the extractor of the configured runtime; only that one's code is loaded. */
async function makeExtractor(config: EmbeddingsConfig, manifest: ModelManifest): Promise<FeatureExtractor> {
  const plan = planSessions(
    {
      sessions: config.EMBEDDING_SESSIONS,
      threads: config.EMBEDDING_THREADS,
      batch: config.EMBEDDING_BATCH,
    },
    availableParallelism(),
  );
  switch (config.EMBEDDING_RUNTIME) {
    case 'onnxruntime': {
      const { OnnxruntimeFeatureExtractor } = await import('./adapters/onnxruntime.feature-extractor.ts');
      return new OnnxruntimeFeatureExtractor({ manifest, modelsDir: config.MODELS_DIR, plan });
    }
  }
}

@Module({
  providers: [
    {
      provide: ModelCatalogue,
      inject: [EmbeddingsConfig],
      useFactory: (config: EmbeddingsConfig) => ModelCatalogue.read(config.MODELS_DIR),
    },
    {
      provide: ConfiguredModel,
      inject: [ModelCatalogue, EmbeddingsConfig],
      useFactory: (catalogue: ModelCatalogue, config: EmbeddingsConfig) =>
        ConfiguredModel.choose(catalogue, config.EMBEDDING_MODEL, config.MODELS_DIR),
    },
    {
      provide: FeatureExtractor,
      inject: [EmbeddingsConfig, ConfiguredModel],
      useFactory: (config: EmbeddingsConfig, { manifest }: ConfiguredModel) =>
        makeExtractor(config, manifest),
    },
    {
      provide: EmbeddingCache,
      inject: [Database, ConfiguredModel],
      useFactory: (database: Database, { manifest }: ConfiguredModel) =>
        new EmbeddingCache(database, modelIdentity(manifest).key, manifest.dimension),
    },
    EmbeddingsService,
    EmbeddingsResolver,
  ],
  exports: [EmbeddingsService],
})
export class EmbeddingsModule {}
