import { workerUrl } from '../../../common/index.ts';
import { readModelFile } from '../../catalogue/model-files.ts';
import type { ModelManifest, PreprocessingSpec } from '../../catalogue/model-manifest.ts';
import type { SessionPlan } from '../session-plan.ts';
import { ThreadedFeatureExtractor } from '../threads/threaded.feature-extractor.ts';

export interface OnnxruntimeOptions {
  readonly manifest: ModelManifest;
  readonly modelsDir: string;
  readonly plan: SessionPlan;
  /** The code that runs in the threads; tests pass one that fails. */
  readonly worker?: URL;
}

/** What a thread of ONNX Runtime is started with. */
export interface OnnxruntimeSettings {
  /** The bytes of the model file, already checked. */
  readonly model: Uint8Array;
  readonly input: string;
  readonly output: string;
  readonly dimension: number;
  readonly preprocessing: PreprocessingSpec;
  readonly threads: number;
}

/** Runs an ONNX model with ONNX Runtime. */
export class OnnxruntimeFeatureExtractor extends ThreadedFeatureExtractor {
  private readonly options: OnnxruntimeOptions;

  constructor(options: OnnxruntimeOptions) {
    const { manifest, plan, worker = workerUrl(import.meta.url, './onnxruntime.worker') } = options;
    super({ manifest, plan, worker });
    this.options = options;
  }

  protected async readWorkerData(): Promise<OnnxruntimeSettings> {
    const { manifest, modelsDir, plan } = this.options;
    const { input, output, dimension, preprocessing } = manifest;
    const model = await readModelFile(modelsDir, manifest);
    return { model, input, output, dimension, preprocessing, threads: plan.threads };
  }
}
