import { Module } from '@nestjs/common';
import { DownloadsModule } from '../../downloads/index.ts';
import { ModelLocations } from '../catalogue/model-locations.ts';
import { EmbeddingsConfig } from '../embeddings.config.ts';
import { ExecutionProviders } from '../networks/execution-providers.ts';
import { TextFeatureExtractors } from '../networks/text-feature-extractor.port.ts';
import { KNOWN_MODELS, KnownModels } from './known-models.ts';
import { ModelFetcher } from './model-fetcher.ts';
import { ModelFolder } from './model-folder.ts';
import { ModelProposer } from './model-proposer.ts';
import { ModelRegistry } from './model-registry.ts';
import { NetworkTrials } from './trial/network-trial.port.ts';

async function executionProviders({ EMBEDDING_PROVIDERS }: EmbeddingsConfig): Promise<ExecutionProviders> {
  const { usableProviders } = await import('../networks/onnxruntime/onnxruntime.execution-providers.ts');
  return usableProviders(EMBEDDING_PROVIDERS);
}

async function networkTrials({ names }: ExecutionProviders): Promise<NetworkTrials> {
  const { OnnxruntimeNetworkTrial } = await import('./trial/onnxruntime.network-trial.ts');
  const { TfjsNetworkTrial } = await import('./trial/tfjs.network-trial.ts');
  return { onnx: new OnnxruntimeNetworkTrial(names), tfjs: new TfjsNetworkTrial() };
}

function textFeatureExtractors({ names: providers }: ExecutionProviders): TextFeatureExtractors {
  return {
    async makeExtractor(parts) {
      const { OnnxruntimeTextFeatureExtractor } =
        await import('../networks/onnxruntime/onnxruntime.text-feature-extractor.ts');
      return new OnnxruntimeTextFeatureExtractor({ ...parts, threads: 1, providers });
    },
  };
}

/** Independent of the other apps, which do not start while the configured model is missing. */
@Module({
  imports: [DownloadsModule],
  providers: [
    { provide: ExecutionProviders, inject: [EmbeddingsConfig], useFactory: executionProviders },
    { provide: NetworkTrials, inject: [ExecutionProviders], useFactory: networkTrials },
    { provide: TextFeatureExtractors, inject: [ExecutionProviders], useFactory: textFeatureExtractors },
    { provide: KnownModels, useValue: { models: KNOWN_MODELS } },
    ModelFetcher,
    ModelFolder,
    ModelLocations,
    ModelProposer,
    ModelRegistry,
  ],
  exports: [ModelRegistry],
})
export class ModelRegistryModule {}
