import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const TFJS_NODE = '@tensorflow/tfjs-node';

const require = createRequire(import.meta.url);

/**
 * What tfjs-node lacks here, in words; undefined where it is complete, which does not yet mean that it
 * works. Only looks: the package itself takes a second of loading to find out.
 */
export function missingOfTfjsNode(): string | undefined {
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
