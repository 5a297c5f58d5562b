import { workerUrl } from '../../../common/index.ts';
import { readModelFile } from '../../catalogue/model-files.ts';
import type { ModelManifest } from '../../catalogue/model-manifest.ts';
import type { SessionPlan } from '../session-plan.ts';
import type { WorkerSettings } from './onnxruntime.messages.ts';
import { ThreadedFeatureExtractor } from '../threads/threaded.feature-extractor.ts';

export interface OnnxruntimeOptions {
  readonly manifest: ModelManifest;
  readonly modelsDir: string;
  readonly plan: SessionPlan;
  /** What runs in the threads; tests put a failing one here. */
  readonly worker?: URL;
}

/** Runs an ONNX model. */
export class OnnxruntimeFeatureExtractor extends ThreadedFeatureExtractor {
  private readonly options: OnnxruntimeOptions;

  constructor(options: OnnxruntimeOptions) {
    const { manifest, plan, worker = workerUrl(import.meta.url, './onnxruntime.worker') } = options;
    super({ manifest, plan, worker });
    this.options = options;
  }

  protected async read(): Promise<WorkerSettings> {
    const { manifest, modelsDir, plan } = this.options;
    const { input, output, dimension, preprocessing } = manifest;
    const model = await readModelFile(modelsDir, manifest);
    return { model, input, output, dimension, preprocessing, threads: plan.threads };
  }
}
