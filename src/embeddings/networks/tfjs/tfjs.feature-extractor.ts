import { availableParallelism } from 'node:os';
import { workerUrl } from '../../../common/index.ts';
import { readModelFiles } from '../../catalogue/model-files.ts';
import type { ModelManifest } from '../../catalogue/model-manifest.ts';
import { modelInvalid } from '../../embeddings.errors.ts';
import { planSessions, type SessionPlan } from '../session-plan.ts';
import { ThreadedFeatureExtractor } from '../threads/threaded.feature-extractor.ts';
import type { WorkerSession } from '../threads/worker-session.ts';
import { assertTfjsInstalled } from './tfjs.packages.ts';
import type { TfjsBackend } from './tfjs.backend.ts';
import { missingFromTfjsNode } from './tfjs.installation.ts';
import type { TfjsSettings } from './tfjs.network.ts';

export interface TfjsOptions {
  /** Its `format` is `tfjs-graph` or `tfjs-layers`. */
  readonly manifest: ModelManifest;
  readonly modelsDir: string;
  /** Zeros are filled in to suit the backend. */
  readonly plan: SessionPlan;
  /** If omitted, tfjs-node if it works, otherwise WebAssembly. */
  readonly backend?: TfjsBackend;
  /** Called once, when the first thread has loaded the model, with a sentence that names the backend. */
  readonly announce?: (sentence: string) => void;
  /** The code that runs in the threads; tests pass one that fails. */
  readonly worker?: URL;
}

/**
 * Runs a graph or layers model of TensorFlow.js: with TensorFlow's own library if
 * `@tensorflow/tfjs-node` is installed and works, otherwise with WebAssembly.
 *
 * WebAssembly has one thread per session. With tfjs-node, all sessions of the process share one pool of
 * threads, whose size the first session determines.
 */
export class TfjsFeatureExtractor extends ThreadedFeatureExtractor {
  private readonly options: TfjsOptions;
  private loadedBackend: TfjsBackend | undefined;

  constructor(options: TfjsOptions) {
    const { manifest, worker } = options;
    const plan = planFor(options);
    super({
      manifest,
      plan,
      worker: worker ?? workerUrl(import.meta.url, './tfjs.worker'),
      // TensorFlow's library reads its settings from the environment of the process.
      sharesEnvironment: true,
    });
    this.options = { ...options, plan };
  }

  /** The backend in use; undefined until the network is loaded. */
  get backend(): TfjsBackend | undefined {
    return this.loadedBackend;
  }

  protected async readWorkerData(): Promise<TfjsSettings> {
    const { manifest, modelsDir, plan, backend } = this.options;
    const { format, input, output, dimension, preprocessing } = manifest;
    if (format === 'onnx')
      throw modelInvalid(manifest.file, 'its format is onnx, not tfjs-graph or tfjs-layers');
    assertTfjsInstalled();
    const { main, shards } = await readModelFiles(modelsDir, manifest);
    return {
      format,
      modelJson: main,
      weights: joined(shards),
      input,
      output,
      dimension,
      preprocessing,
      threads: plan.threads * plan.sessions,
      ...(backend === undefined ? {} : { backend }),
    };
  }

  protected override onSessionReady({ backend }: WorkerSession): void {
    if (this.loadedBackend !== undefined || backend === undefined) return;
    this.loadedBackend = backend.name === 'tfjs-node' ? 'tfjs-node' : 'wasm';
    const why =
      backend.problem === undefined
        ? ''
        : `, because tfjs-node cannot be used: ${backend.problem} (scripts/install-tfjs-node installs it)`;
    this.options.announce?.(`TensorFlow.js runs on ${backend.description}${why}`);
  }
}

/** With tfjs-node, one session computes on all cores; WebAssembly needs one session per core. */
function planFor({ plan, backend }: TfjsOptions): SessionPlan {
  const cores = availableParallelism();
  const native = backend === 'tfjs-node' || (backend === undefined && missingFromTfjsNode() === undefined);
  if (!native) return planSessions({ ...plan, threads: 1 }, cores);
  const sessions = plan.sessions || 1;
  return {
    sessions,
    threads: plan.threads || Math.max(1, Math.floor(cores / sessions)),
    batch: plan.batch || 8,
  };
}

/** The backends want the weights in a buffer of their own. */
export function joined(shards: readonly Uint8Array[]): ArrayBuffer {
  const all = new Uint8Array(shards.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const shard of shards) {
    all.set(shard, at);
    at += shard.length;
  }
  return all.buffer;
}
