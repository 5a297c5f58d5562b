import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule } from '../../config/index.ts';
import { DatabaseConfig } from '../../database/index.ts';
import { DownloadsConfig } from '../../downloads/index.ts';
import { EmbeddingsConfig, ModelRegistry, ModelRegistryModule } from '../../embeddings/index.ts';

@Module({})
class ModelsOnly {}

/**
 * Runs `work` on the registry of models and the path of the data folder, without the apps: those do not start where a model is
 * configured that is yet to be pulled.
 */
export async function withModels<Result>(
  work: (registry: ModelRegistry, dataDir: string) => Promise<Result>,
): Promise<Result> {
  const slices = [DatabaseConfig, DownloadsConfig, EmbeddingsConfig];
  const app = await NestFactory.createApplicationContext(
    {
      module: ModelsOnly,
      imports: [ConfigModule.forRoot(slices, process.env), ModelRegistryModule],
    },
    { abortOnError: false, logger: false },
  );
  try {
    return await work(app.get(ModelRegistry), app.get(DatabaseConfig).LOOKALIKE_DATA_DIR);
  } finally {
    await app.close();
  }
}
