import { workerUrl } from '../../../common/index.ts';
import { readModelFiles } from '../../catalogue/model-files.ts';
import type { ModelManifest } from '../../catalogue/model-manifest.ts';
import { modelInvalid } from '../../embeddings.errors.ts';
import { findFeatureMapName } from '../../registry/tfjs/feature-map-name.ts';
import type { FeatureMapSession } from '../feature-maps.port.ts';
import { ThreadedFeatureMapSession } from '../threads/threaded.feature-map-session.ts';
import type { TfjsBackend } from './tfjs.backend.ts';
import { joined } from './tfjs.feature-extractor.ts';
import type { TfjsSettings } from './tfjs.network.ts';
import { assertTfjsInstalled } from './tfjs.packages.ts';

/** Opens a TensorFlow.js network up to its feature map. Rejects as `FeatureMapSessions.openSession` does. */
export async function openTfjsFeatureMaps(
  manifest: ModelManifest,
  modelsDir: string,
  backend?: TfjsBackend,
): Promise<FeatureMapSession> {
  const { id, file, format, input, output, preprocessing } = manifest;
  if (format === 'onnx') throw modelInvalid(file, 'its format is onnx, not tfjs-graph or tfjs-layers');
  assertTfjsInstalled();
  const { main, shards } = await readModelFiles(modelsDir, manifest);
  const workerData: TfjsSettings = {
    ...{ format, modelJson: main, weights: joined(shards) },
    ...{ input, output: findFeatureMapName(main, id, output), preprocessing, threads: 1 },
    ...(backend === undefined ? {} : { backend }),
  };
  return ThreadedFeatureMapSession.open({
    manifest,
    channelsLast: true,
    worker: workerUrl(import.meta.url, './tfjs.worker'),
    workerData,
    sharesEnvironment: true,
  });
}
