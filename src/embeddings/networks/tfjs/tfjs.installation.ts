import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const TFJS_NODE = '@tensorflow/tfjs-node';

const require = createRequire(import.meta.url);

/**
 * Says what tfjs-node lacks on this machine; undefined if it is complete, which does not yet prove that
 * it works. This only looks at files: loading the package to find out takes a second.
 */
export function missingFromTfjsNode(): string | undefined {
  let folder: string;
  try {
    folder = dirname(require.resolve(`${TFJS_NODE}/package.json`));
  } catch {
    return 'it is not installed';
  }
  const lib = join(folder, 'lib');
  const versions = existsSync(lib) ? readdirSync(lib) : [];
  const complete = versions.some((version) => existsSync(join(lib, version, 'tfjs_binding.node')));
  return complete ? undefined : 'its native part is not installed';
}
