import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule } from '../../../config/index.ts';
import { DatabaseConfig } from '../../../database/index.ts';
import { DownloadsConfig, S3Config } from '../../../downloads/index.ts';
import {
  EmbeddingsConfig,
  ModelRegistry,
  ModelRegistryModule,
  type ListedModel,
} from '../../../embeddings/index.ts';
import { assertNotInUse } from './assert-not-in-use.ts';

@Module({})
class ModelsOnly {}

export interface OpenedRegistry {
  readonly registry: ModelRegistry;
  /** Rejects with `MODEL_IN_USE` if an index of the data folder was made with the model. */
  readonly assertNotInUse: (model: ListedModel['model']) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens the registry alone: the apps do not start if the configured model is yet to be pulled. */
export async function openRegistry(): Promise<OpenedRegistry> {
  const slices = [DatabaseConfig, DownloadsConfig, S3Config, EmbeddingsConfig];
  const context = await NestFactory.createApplicationContext(
    {
      module: ModelsOnly,
      imports: [ConfigModule.forRoot(slices, process.env), ModelRegistryModule],
    },
    { abortOnError: false, logger: false },
  );
  const dataDir = context.get(DatabaseConfig).LOOKALIKE_DATA_DIR;
  return {
    registry: context.get(ModelRegistry),
    assertNotInUse: (model) => assertNotInUse(model, dataDir),
    close: () => context.close(),
  };
}
