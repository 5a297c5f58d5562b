// Generates the documents and their types from the schema of the service, and compiles the package into dist/.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from '@graphql-codegen/cli';
import config from '../codegen.ts';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));

process.chdir(root);
const files = await generate({ ...config, silent: true }, false);
for (const { filename, content } of files) {
  // The tag function, which nothing here uses.
  if (filename.endsWith('gql.ts')) continue;
  mkdirSync(dirname(filename), { recursive: true });
  writeFileSync(filename, content);
}
rmSync('dist', { recursive: true, force: true });
execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});
copyFileSync(join(root, '..', '..', 'schema.gql'), join('dist', 'schema.gql'));
