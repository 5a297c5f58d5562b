import { Module } from '@nestjs/common';
import { DownloadsModule } from '../../downloads/index.ts';
import { ModelLocations } from '../catalogue/model-locations.ts';
import { KNOWN_MODELS, KnownModels } from './known-models.ts';
import { ModelFetcher } from './model-fetcher.ts';
import { ModelFolder } from './model-folder.ts';
import { ModelProposer } from './model-proposer.ts';
import { ModelRegistry } from './model-registry.ts';
import { NetworkTrials } from './trial/network-trial.port.ts';

async function networkTrials(): Promise<NetworkTrials> {
  const { OnnxruntimeNetworkTrial } = await import('./trial/onnxruntime.network-trial.ts');
  const { TfjsNetworkTrial } = await import('./trial/tfjs.network-trial.ts');
  return { onnx: new OnnxruntimeNetworkTrial(), tfjs: new TfjsNetworkTrial() };
}

/** Independent of the other apps, which do not start while the configured model is missing. */
@Module({
  imports: [DownloadsModule],
  providers: [
    { provide: NetworkTrials, useFactory: networkTrials },
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
