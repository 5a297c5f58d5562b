import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../', import.meta.url));

/**
 * Where a file or folder of the data kept beside the project is (`data/clothing`), or undefined
 * where there is none. The folder is `LOOKALIKE_SHARED`, else `../shared` beside the project.
 */
export function sharedPath(name: string): string | undefined {
  const path = join(resolve(process.env.LOOKALIKE_SHARED ?? join(PROJECT, '../shared')), name);
  if (existsSync(path)) return path;
  // eslint-disable-next-line no-console -- a skipped test must not go unnoticed
  console.warn(`SKIPPED: ${path} is not there. Set LOOKALIKE_SHARED to the folder with ${name}.`);
  return undefined;
}
