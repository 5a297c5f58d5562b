import { Logger, Module } from '@nestjs/common';
import { Database, DatabaseConfig } from '../database/index.ts';
import { ConfiguredModel } from './models/configured-model.ts';
import { EmbeddingModels } from './models/embedding-models.ts';
import { EmbeddingsConfig, userModelsDir } from './embeddings.config.ts';
import { EmbeddingsResolver } from './api/embedding-models.resolver.ts';
import { EmbeddingsService } from './pipeline/embedder.ts';
import { FeatureExtractors, type MakeFeatureExtractor } from './networks/feature-extractors.ts';
import { ModelCatalogue } from './catalogue/model-catalogue.ts';
import type { ModelFormat } from './catalogue/model-manifest.ts';
import { Networks } from './networks/network-pool.ts';
import { PrecisionChoices } from './networks/precision-choices.ts';
import { precisionTrial } from './networks/precision-trial.ts';
import { Projections } from './projection/projections.ts';
import { SessionPlans } from './networks/session-plans.ts';

/** What the runtimes read, the preferred first. */
const FORMATS: Record<EmbeddingsConfig['EMBEDDING_RUNTIME'], readonly ModelFormat[]> = {
  onnxruntime: ['onnx'],
  tfjs: ['tfjs-graph', 'tfjs-layers'],
};

const logger = new Logger('Embeddings');

/**
 * By the format of the file, whatever the runtime of new indexes is now: an index stays with what it
 * was built with. Only the code that is needed is loaded.
 */
const extractorMaker =
  ({ TFJS_BACKEND }: EmbeddingsConfig): MakeFeatureExtractor =>
  async (manifest, modelsDir, plan) => {
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
  };

@Module({
  providers: [
    {
      provide: ModelCatalogue,
      inject: [EmbeddingsConfig, DatabaseConfig],
      useFactory: (config: EmbeddingsConfig, database: DatabaseConfig) =>
        ModelCatalogue.read(userModelsDir(config, database)),
    },
    {
      provide: FeatureExtractors,
      inject: [EmbeddingsConfig],
      useFactory: (config: EmbeddingsConfig) => new FeatureExtractors(extractorMaker(config)),
    },
    {
      provide: SessionPlans,
      inject: [Database, FeatureExtractors, EmbeddingsConfig],
      useFactory: (database: Database, extractors: FeatureExtractors, config: EmbeddingsConfig) => {
        const { EMBEDDING_SESSIONS: sessions, EMBEDDING_THREADS: threads, EMBEDDING_BATCH: batch } = config;
        return new SessionPlans(database, extractors, { sessions, threads, batch }, logger);
      },
    },
    {
      provide: Networks,
      inject: [ModelCatalogue, Database, FeatureExtractors, SessionPlans],
      useFactory: (
        catalogue: ModelCatalogue,
        database: Database,
        extractors: FeatureExtractors,
        plans: SessionPlans,
      ) => new Networks(catalogue, database, extractors, plans),
    },
    {
      provide: PrecisionChoices,
      inject: [Database, ModelCatalogue, EmbeddingsConfig, FeatureExtractors],
      useFactory: async (
        database: Database,
        catalogue: ModelCatalogue,
        { EMBEDDING_RUNTIME, EMBEDDING_PRECISION: precision }: EmbeddingsConfig,
        extractors: FeatureExtractors,
      ) => {
        const settings = { formats: FORMATS[EMBEDDING_RUNTIME], precision };
        const trial = precisionTrial(catalogue, extractors);
        const choices = new PrecisionChoices(database, catalogue, settings, trial, logger);
        await choices.reload();
        return choices;
      },
    },
    {
      provide: Projections,
      inject: [Database],
      useFactory: (database: Database) => new Projections(database),
    },
    {
      provide: EmbeddingModels,
      inject: [ModelCatalogue, Networks, PrecisionChoices, Projections],
      useFactory: (
        catalogue: ModelCatalogue,
        networks: Networks,
        precisions: PrecisionChoices,
        projections: Projections,
      ) => new EmbeddingModels(catalogue, networks, precisions, projections),
    },
    {
      provide: ConfiguredModel,
      inject: [EmbeddingModels, EmbeddingsConfig],
      useFactory: (models: EmbeddingModels, config: EmbeddingsConfig) =>
        ConfiguredModel.choose(models, config.EMBEDDING_MODEL),
    },
    EmbeddingsService,
    EmbeddingsResolver,
  ],
  exports: [EmbeddingsService],
})
export class EmbeddingsModule {}
