import { workerUrl } from '../../../common/index.ts';
import type { ExecutionProvider } from '../../embeddings.config.ts';
import { readModelFile } from '../../catalogue/model-files.ts';
import type { ModelManifest } from '../../catalogue/model-manifest.ts';
import { cutAtFeatureMap } from '../../registry/onnx/cut-at-feature-map.ts';
import type { FeatureMapSession } from '../feature-maps.port.ts';
import { ThreadedFeatureMapSession } from '../threads/threaded.feature-map-session.ts';
import type { OnnxruntimeSettings } from './onnxruntime.feature-extractor.ts';

/** Cuts an ONNX network at its feature map and opens it. Rejects as `FeatureMapSessions.openSession` does. */
export async function openOnnxFeatureMaps(
  manifest: ModelManifest,
  modelsDir: string,
  providers: readonly ExecutionProvider[] = ['cpu'],
): Promise<FeatureMapSession> {
  const { id, input, output, preprocessing } = manifest;
  const cut = cutAtFeatureMap(await readModelFile(modelsDir, manifest), id, output);
  const workerData: OnnxruntimeSettings = {
    ...{ model: cut.bytes, input, output: cut.output },
    ...{ preprocessing, threads: 1, providers },
  };
  return ThreadedFeatureMapSession.open({
    manifest,
    channelsLast: cut.channelsLast,
    worker: workerUrl(import.meta.url, './onnxruntime.worker'),
    workerData,
  });
}
