import { Module } from '@nestjs/common';
import { DatabaseConfig } from '../../database/index.ts';
import { Downloader, DownloadsModule } from '../../downloads/index.ts';
import { BUNDLED_MODELS_DIR, EmbeddingsConfig, userModelsDir } from '../embeddings.config.ts';
import { ModelFetcher } from './model-fetcher.ts';
import { ModelFolder } from './model-folder.ts';
import { ModelRegistry } from './model-registry.ts';
import { samplePictures } from './sample-pictures.ts';

async function makeRegistry(
  config: EmbeddingsConfig,
  database: DatabaseConfig,
  downloader: Downloader,
): Promise<ModelRegistry> {
  const { OnnxruntimeNetworkTrial } = await import('./trial/onnxruntime.network-trial.ts');
  const { TfjsNetworkTrial } = await import('./trial/tfjs.network-trial.ts');
  return new ModelRegistry({
    folder: new ModelFolder(userModelsDir(config, database)),
    bundledDir: BUNDLED_MODELS_DIR,
    trial: new OnnxruntimeNetworkTrial(),
    tfjsTrial: new TfjsNetworkTrial(),
    fetcher: new ModelFetcher(downloader),
    samples: samplePictures,
  });
}

/** Stands without the other apps: a model that is configured but not there yet must not keep it from starting. */
@Module({
  imports: [DownloadsModule],
  providers: [
    {
      provide: ModelRegistry,
      inject: [EmbeddingsConfig, DatabaseConfig, Downloader],
      useFactory: makeRegistry,
    },
  ],
  exports: [ModelRegistry],
})
export class ModelRegistryModule {}
