import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { missingFromTfjsNode, TFJS_NODE } from './tfjs.installation.ts';

/** What does the computation: TensorFlow's C library through tfjs-node, or WebAssembly. */
export type TfjsBackend = 'tfjs-node' | 'wasm';

export interface LoadedBackend {
  readonly backend: TfjsBackend;
  /** For people, with versions: `tfjs-node 4.22.0 (TensorFlow 2.15.1)`. */
  readonly description: string;
  /** Why tfjs-node cannot be used; undefined if it is used or was not asked for. */
  readonly problem?: string;
}

const require = createRequire(import.meta.url);

/**
 * Loads a backend into this thread and makes TensorFlow.js use it: the one that is wanted or, if none
 * is, tfjs-node with WebAssembly as its replacement.
 *
 * `threads`: size of the pool that all sessions of the process share. WebAssembly always uses one
 * thread per session. Rejects if the wanted backend does not work.
 */
export async function loadBackend(wanted: TfjsBackend | undefined, threads: number): Promise<LoadedBackend> {
  tf.enableProdMode();
  const problem = wanted === 'wasm' ? undefined : loadTfjsNode(threads);
  if (wanted !== 'wasm' && problem === undefined) {
    return { backend: 'tfjs-node', description: tfjsNodeDescription() };
  }
  if (wanted === 'tfjs-node') throw new Error(`${TFJS_NODE} cannot be used: ${problem}`);
  await loadWasm();
  return { backend: 'wasm', description: `WebAssembly (TensorFlow.js ${tf.version_core})`, problem };
}

/** Says why tfjs-node does not work; undefined if it does. */
function loadTfjsNode(threads: number): string | undefined {
  const missing = missingFromTfjsNode();
  if (missing !== undefined) return missing;
  // When it is loaded, the library reads these from the environment of the process, which this thread shares.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
  // It calls these, which are deprecated in Node 22 and gone in Node 23. Only this thread is affected.
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
    return right ? undefined : 'it computes wrong results';
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message === '' ? 'it cannot be loaded' : message.split('\n', 1).join().trim();
  }
}

function tfjsNodeDescription(): string {
  const { version } = require(`${TFJS_NODE}/package.json`) as { version: string };
  const { binding } = tf.backend() as unknown as { binding?: { TF_Version?: string } };
  return `tfjs-node ${version} (TensorFlow ${binding?.TF_Version ?? 'of unknown version'})`;
}

async function loadWasm(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  // From the package's own folder, never over the network.
  setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
  if (!(await tf.setBackend('wasm')))
    throw new Error('The WebAssembly backend of TensorFlow.js did not start');
}
