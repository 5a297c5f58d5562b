import { workerUrl } from '../../../common/index.ts';
import { readModelFile } from '../../catalogue/model-files.ts';
import type { ModelManifest, PreprocessingSpec } from '../../catalogue/model-manifest.ts';
import type { ExecutionProvider } from '../../embeddings.config.ts';
import type { SessionPlan } from '../session-plan.ts';
import { ThreadedFeatureExtractor } from '../threads/threaded.feature-extractor.ts';

export interface OnnxruntimeOptions {
  readonly manifest: ModelManifest;
  readonly modelsDir: string;
  readonly plan: SessionPlan;
  /** By default the CPU. */
  readonly providers?: readonly ExecutionProvider[];
  /** The code that runs in the threads; tests pass one that fails. */
  readonly worker?: URL;
}

/** What a thread of ONNX Runtime is started with. */
export interface OnnxruntimeSettings {
  /** The bytes of the model file, already checked. */
  readonly model: Uint8Array;
  readonly input: string;
  readonly output: string;
  /** How many numbers the output has for one picture; any number if omitted. */
  readonly dimension?: number;
  readonly preprocessing: PreprocessingSpec;
  readonly threads: number;
  readonly providers: readonly ExecutionProvider[];
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
    const { manifest, modelsDir, plan, providers = ['cpu'] } = this.options;
    const { input, output, dimension, preprocessing } = manifest;
    const model = await readModelFile(modelsDir, manifest);
    return { model, input, output, dimension, preprocessing, threads: plan.threads, providers };
  }
}
