import { createRequire } from 'node:module';
import { tfjsNotInstalled } from '../../embeddings.errors.ts';

/** Optional peer dependencies: most installations need none of them. */
const TFJS_PACKAGES = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-converter',
  '@tensorflow/tfjs-layers',
  '@tensorflow/tfjs-backend-wasm',
];

const require = createRequire(import.meta.url);

/** Throws `TFJS_NOT_INSTALLED`, with the command that installs it, unless TensorFlow.js can be imported. */
export function assertTfjsInstalled(): void {
  const missing = TFJS_PACKAGES.filter((name) => !isInstalled(name));
  if (missing.length > 0) throw tfjsNotInstalled(missing, peerSpecs(missing));
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}

/** With the versions that this package declares, such as `@tensorflow/tfjs-core@4.22.0`. */
function peerSpecs(names: readonly string[]): string[] {
  const { peerDependencies } = require('../../../../package.json') as {
    peerDependencies: Readonly<Record<string, string>>;
  };
  return names.map((name) => `${name}@${peerDependencies[name] ?? 'latest'}`);
}
