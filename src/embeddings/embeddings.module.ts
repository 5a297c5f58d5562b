import { Logger, Module } from '@nestjs/common';
import { EmbeddingModelDescriptions } from './api/embedding-model-descriptions.ts';
import { EmbeddingModelsResolver } from './api/embedding-models.resolver.ts';
import { ModelCatalogue } from './catalogue/model-catalogue.ts';
import { ModelFileVerifier } from './catalogue/model-file-verifier.ts';
import { ModelLocations } from './catalogue/model-locations.ts';
import { EmbeddingsConfig } from './embeddings.config.ts';
import { Explainer } from './explanation/explainer.ts';
import { ConfiguredModel } from './models/configured-model.ts';
import { EmbeddingModels } from './models/embedding-models.ts';
import { ExecutionProviders } from './networks/execution-providers.ts';
import { FeatureExtractors } from './networks/feature-extractor.port.ts';
import { FeatureMapPool } from './networks/feature-map-pool.ts';
import { FeatureMapSessions } from './networks/feature-maps.port.ts';
import { Machine } from './networks/machine.ts';
import { NetworkPool } from './networks/network-pool.ts';
import { PrecisionChoices } from './networks/precision-choices.ts';
import { PrecisionTrial } from './networks/precision-trial.ts';
import { SessionPlans } from './networks/session-plans.ts';
import { TextFeatureExtractors } from './networks/text-feature-extractor.port.ts';
import { Embedder } from './pipeline/embedder.ts';
import { EmbeddingStore } from './pipeline/embedding-store.ts';
import { Projections } from './projection/projections.ts';

/**
 * Picks the adapter by the format of the file, whichever runtime is configured for new indexes: an
 * existing index keeps what it was built with. Only the code that is needed is loaded.
 */
function featureExtractors(
  { TFJS_BACKEND }: EmbeddingsConfig,
  { names: providers }: ExecutionProviders,
): FeatureExtractors {
  const logger = new Logger('Embeddings');
  return {
    async makeExtractor(manifest, modelsDir, plan) {
      switch (manifest.format) {
        case 'onnx': {
          const { OnnxruntimeFeatureExtractor } =
            await import('./networks/onnxruntime/onnxruntime.feature-extractor.ts');
          return new OnnxruntimeFeatureExtractor({ manifest, modelsDir, plan, providers });
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

/** Picks the adapter by the format of the file, as `featureExtractors` does. */
function featureMapSessions(
  { TFJS_BACKEND }: EmbeddingsConfig,
  { names: providers }: ExecutionProviders,
): FeatureMapSessions {
  return {
    async openSession(manifest, modelsDir) {
      switch (manifest.format) {
        case 'onnx': {
          const { openOnnxFeatureMaps } =
            await import('./networks/onnxruntime/onnxruntime.feature-map-session.ts');
          return openOnnxFeatureMaps(manifest, modelsDir, providers);
        }
        case 'tfjs-graph':
        case 'tfjs-layers': {
          const { openTfjsFeatureMaps } = await import('./networks/tfjs/tfjs.feature-map-session.ts');
          return openTfjsFeatureMaps(manifest, modelsDir, TFJS_BACKEND === 'auto' ? undefined : TFJS_BACKEND);
        }
      }
    },
  };
}

async function executionProviders({ EMBEDDING_PROVIDERS }: EmbeddingsConfig): Promise<ExecutionProviders> {
  // Needs no library, which takes long to load.
  if (EMBEDDING_PROVIDERS.join() === 'cpu') return { names: EMBEDDING_PROVIDERS };
  const { usableProviders } = await import('./networks/onnxruntime/onnxruntime.execution-providers.ts');
  return usableProviders(EMBEDDING_PROVIDERS);
}

function textFeatureExtractors(
  { EMBEDDING_THREADS }: EmbeddingsConfig,
  { names: providers }: ExecutionProviders,
  { cores }: Machine,
): TextFeatureExtractors {
  return {
    async makeExtractor(parts) {
      const { OnnxruntimeTextFeatureExtractor } =
        await import('./networks/onnxruntime/onnxruntime.text-feature-extractor.ts');
      return new OnnxruntimeTextFeatureExtractor({
        ...parts,
        threads: EMBEDDING_THREADS || cores,
        providers,
      });
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
    {
      provide: FeatureExtractors,
      inject: [EmbeddingsConfig, ExecutionProviders],
      useFactory: featureExtractors,
    },
    {
      provide: FeatureMapSessions,
      inject: [EmbeddingsConfig, ExecutionProviders],
      useFactory: featureMapSessions,
    },
    { provide: ExecutionProviders, inject: [EmbeddingsConfig], useFactory: executionProviders },
    {
      provide: TextFeatureExtractors,
      inject: [EmbeddingsConfig, ExecutionProviders, Machine],
      useFactory: textFeatureExtractors,
    },
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
    Explainer,
    FeatureMapPool,
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
    Explainer,
    Projections,
  ],
})
export class EmbeddingsModule {}
