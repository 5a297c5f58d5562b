import { availableParallelism } from 'node:os';
import { workerUrl } from '../../../common/index.ts';
import { modelInvalid } from '../../embeddings.errors.ts';
import { readModelFiles } from '../../catalogue/model-files.ts';
import type { ModelManifest } from '../../catalogue/model-manifest.ts';
import { planSessions, type SessionPlan } from '../session-plan.ts';
import type { TfjsBackend } from './tfjs.backend.ts';
import { missingOfTfjsNode } from './tfjs.installation.ts';
import type { TfjsSettings } from './tfjs.messages.ts';
import { ThreadedFeatureExtractor } from '../threads/threaded.feature-extractor.ts';
import type { WorkerSession } from '../threads/worker-session.ts';

export interface TfjsOptions {
  /** With `format` `tfjs-graph` or `tfjs-layers`. */
  readonly manifest: ModelManifest;
  readonly modelsDir: string;
  /** Zeros are chosen for the backend that there is. */
  readonly plan: SessionPlan;
  /** Left out: tfjs-node where it works, WebAssembly otherwise. */
  readonly backend?: TfjsBackend;
  /** Told once which backend computes, in a sentence, when the first thread has loaded the model. */
  readonly announce?: (sentence: string) => void;
  /** What runs in the threads; tests put a failing one here. */
  readonly worker?: URL;
}

/**
 * Runs a graph or layers model of TensorFlow.js: with TensorFlow's own library where
 * `@tensorflow/tfjs-node` is installed and works, with WebAssembly elsewhere.
 *
 * WebAssembly has one thread a session. tfjs-node shares one pool of threads among all sessions of the
 * process; the first session that starts in it fixes its size.
 */
export class TfjsFeatureExtractor extends ThreadedFeatureExtractor {
  private readonly options: TfjsOptions;
  private chosen: TfjsBackend | undefined;

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

  /** What computes; undefined before `open`. */
  get backend(): TfjsBackend | undefined {
    return this.chosen;
  }

  protected async read(): Promise<TfjsSettings> {
    const { manifest, modelsDir, plan, backend } = this.options;
    const { format, input, output, dimension, preprocessing } = manifest;
    if (format === 'onnx')
      throw modelInvalid(manifest.file, 'its format is onnx, not tfjs-graph or tfjs-layers');
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

  protected override loaded({ about }: WorkerSession): void {
    if (this.chosen !== undefined) return;
    this.chosen = about.backend === 'tfjs-node' ? 'tfjs-node' : 'wasm';
    const { description = this.chosen, problem = '' } = about;
    const instead =
      problem === '' ? '' : `; not on tfjs-node: ${problem} (scripts/install-tfjs-node installs it)`;
    this.options.announce?.(`TensorFlow.js runs on ${description}${instead}`);
  }
}

/** On tfjs-node one session computes on all cores; WebAssembly takes a session a core. */
function planFor({ plan, backend }: TfjsOptions): SessionPlan {
  const cores = availableParallelism();
  const native = backend === 'tfjs-node' || (backend === undefined && missingOfTfjsNode() === undefined);
  if (!native) return planSessions({ ...plan, threads: 1 }, cores);
  const sessions = plan.sessions || 1;
  return {
    sessions,
    threads: plan.threads || Math.max(1, Math.floor(cores / sessions)),
    batch: plan.batch || 8,
  };
}

/** In memory of its own, which the backends want. */
function joined(shards: readonly Uint8Array[]): ArrayBuffer {
  const all = new Uint8Array(shards.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const shard of shards) {
    all.set(shard, at);
    at += shard.length;
  }
  return all.buffer;
}
