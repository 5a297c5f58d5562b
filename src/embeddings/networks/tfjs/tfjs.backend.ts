import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { missingOfTfjsNode, TFJS_NODE } from './tfjs.installation.ts';

/** What computes: TensorFlow's C library through tfjs-node, or WebAssembly. */
export type TfjsBackend = 'tfjs-node' | 'wasm';

export interface LoadedBackend {
  readonly backend: TfjsBackend;
  /** With versions, for people: `tfjs-node 4.22.0 (TensorFlow 2.15.1)`. */
  readonly description: string;
  /** Why tfjs-node is not used; empty where it is, or where it was not asked for. */
  readonly problem: string;
}

const require = createRequire(import.meta.url);

/**
 * Loads a backend into this thread and makes it TensorFlow.js's own: tfjs-node where it works,
 * WebAssembly otherwise; or the one that is wanted, and no other.
 *
 * Throws where the one that is wanted does not work. `threads`: of the pool that all sessions of the
 * process share; WebAssembly has but one a session.
 */
export async function loadBackend(wanted: TfjsBackend | undefined, threads: number): Promise<LoadedBackend> {
  tf.enableProdMode();
  const problem = wanted === 'wasm' ? '' : loadTfjsNode(threads);
  if (problem === undefined) {
    return { backend: 'tfjs-node', description: tfjsNodeDescription(), problem: '' };
  }
  if (wanted === 'tfjs-node') throw new Error(`${TFJS_NODE} cannot be used: ${problem}`);
  await loadWasm();
  return { backend: 'wasm', description: `WebAssembly (TensorFlow.js ${tf.version_core})`, problem };
}

/** Undefined where it works, else why it does not. */
function loadTfjsNode(threads: number): string | undefined {
  const missing = missingOfTfjsNode();
  if (missing !== undefined) return missing;
  // Read by the library when it is loaded, from the environment of the process: the thread shares it.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
  // It calls these, of which Node 22 warns and which Node 23 has taken away. In this thread only.
  Object.assign(require('node:util') as object, {
    isArray: Array.isArray,
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
  });
  try {
    require(TFJS_NODE);
    const ones = tf.tidy(() => {
      const picture = tf.ones<tf.Rank.R4>([1, 3, 3, 1]);
      return tf.conv2d(picture, tf.ones<tf.Rank.R4>([3, 3, 1, 1]), 1, 'same').dataSync();
    });
    const right = tf.getBackend() === 'tensorflow' && ones.join() === '4,6,4,6,9,6,4,6,4';
    return right ? undefined : 'it computes wrongly';
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.trim() ?? '';
  }
}

function tfjsNodeDescription(): string {
  const { version } = require(`${TFJS_NODE}/package.json`) as { version: string };
  const { binding } = tf.backend() as unknown as { binding?: { TF_Version?: string } };
  return `tfjs-node ${version} (TensorFlow ${binding?.TF_Version ?? 'of unknown version'})`;
}

async function loadWasm(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  // Beside the package's code, never fetched.
  setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
  if (!(await tf.setBackend('wasm')))
    throw new Error('The WebAssembly backend of TensorFlow.js did not start');
}
