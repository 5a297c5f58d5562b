// Runs before the packages that Lookalike depends on run their own install scripts.
//
// On Linux x86-64, the install script of onnxruntime-node downloads CUDA libraries of several hundred
// megabytes from outside the npm registry, and fails the whole installation if it cannot. Lookalike computes
// on the CPU and never loads them. The script downloads nothing if the files exist, so this puts a short text
// in the place of each. Anybody who wants them sets ONNXRUNTIME_NODE_INSTALL=cuda12.
//
// Plain CommonJS-free JavaScript for any Node; it must never fail an installation.
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const LIBRARIES = [
  'libonnxruntime_providers_cuda.so',
  'libonnxruntime_providers_shared.so',
  'libonnxruntime_providers_tensorrt.so',
];
const TEXT =
  'Not installed: Lookalike computes on the CPU. See scripts/skip-gpu-download.js in its package.\n';

if (process.platform === 'linux' && process.arch === 'x64') {
  try {
    const entry = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
    const folder = join(dirname(entry), 'bin', 'napi-v6', 'linux', 'x64');
    for (const name of LIBRARIES) {
      if (!existsSync(join(folder, name))) writeFileSync(join(folder, name), TEXT);
    }
  } catch (error) {
    console.warn(`The download of CUDA libraries is not prevented: ${error.message}`);
  }
}
