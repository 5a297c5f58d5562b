import { Logger, Module } from '@nestjs/common';
import { EmbeddingModelDescriptions } from './api/embedding-model-descriptions.ts';
import { EmbeddingModelsResolver } from './api/embedding-models.resolver.ts';
import { ModelCatalogue } from './catalogue/model-catalogue.ts';
import { ModelFileVerifier } from './catalogue/model-file-verifier.ts';
import { ModelLocations } from './catalogue/model-locations.ts';
import { EmbeddingsConfig } from './embeddings.config.ts';
import { ConfiguredModel } from './models/configured-model.ts';
import { EmbeddingModels } from './models/embedding-models.ts';
import { FeatureExtractors } from './networks/feature-extractor.port.ts';
import { Machine } from './networks/machine.ts';
import { NetworkPool } from './networks/network-pool.ts';
import { PrecisionChoices } from './networks/precision-choices.ts';
import { PrecisionTrial } from './networks/precision-trial.ts';
import { SessionPlans } from './networks/session-plans.ts';
import { Embedder } from './pipeline/embedder.ts';
import { EmbeddingStore } from './pipeline/embedding-store.ts';
import { Projections } from './projection/projections.ts';

/**
 * Picks the adapter by the format of the file, whichever runtime is configured for new indexes: an
 * existing index keeps what it was built with. Only the code that is needed is loaded.
 */
function featureExtractors({ TFJS_BACKEND }: EmbeddingsConfig): FeatureExtractors {
  const logger = new Logger('Embeddings');
  return {
    async makeExtractor(manifest, modelsDir, plan) {
      switch (manifest.format) {
        case 'onnx': {
          const { OnnxruntimeFeatureExtractor } =
            await import('./networks/onnxruntime/onnxruntime.feature-extractor.ts');
          return new OnnxruntimeFeatureExtractor({ manifest, modelsDir, plan });
        }
        case 'tfjs-graph':
        case 'tfjs-layers': {
          const { TfjsFeatureExtractor } = await import('./networks/tfjs/tfjs.feature-extractor.ts');
          const announce = (sentence: string) => logger.log(sentence);
          const backend = TFJS_BACKEND === 'auto' ? undefined : TFJS_BACKEND;
          return new TfjsFeatureExtractor({ manifest, modelsDir, plan, backend, announce });
        }
      }
    },
  };
}

@Module({
  providers: [
    {
      provide: ModelCatalogue,
      inject: [ModelLocations],
      useFactory: ({ user, bundled }: ModelLocations) => ModelCatalogue.read(user, bundled),
    },
    { provide: FeatureExtractors, inject: [EmbeddingsConfig], useFactory: featureExtractors },
    {
      provide: ConfiguredModel,
      inject: [EmbeddingModels, EmbeddingsConfig],
      useFactory: (models: EmbeddingModels, config: EmbeddingsConfig) =>
        ConfiguredModel.choose(models, config.EMBEDDING_MODEL),
    },
    Embedder,
    EmbeddingModelDescriptions,
    EmbeddingModels,
    EmbeddingModelsResolver,
    EmbeddingStore,
    Machine,
    ModelFileVerifier,
    ModelLocations,
    NetworkPool,
    PrecisionChoices,
    PrecisionTrial,
    Projections,
    SessionPlans,
  ],
  exports: [
    ConfiguredModel,
    Embedder,
    EmbeddingModelDescriptions,
    EmbeddingModels,
    EmbeddingStore,
    Projections,
  ],
})
export class EmbeddingsModule {}
