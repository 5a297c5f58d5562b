// Imports 100 real pictures, indexes them and searches them, using the commands that it prints. It also writes an HTML
// page that shows each query beside its hits. If it runs again, nothing is imported twice.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const samples = 'samples/stamps';
const dataDir = resolve(process.env.LOOKALIKE_DATA_DIR ?? join(root, 'data', 'demo'));
const sheet = join(dataDir, 'contact-sheet.html');
// The model of an existing index is kept unless another one is requested.
const model = process.env.EMBEDDING_MODEL;

/** Prints a command and runs it in the project's folder. If it fails, the demo ends with its status. */
function show(...args) {
  console.log(`\n$ lookalike ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [join(root, 'bin', 'lookalike.js'), ...args], {
    cwd: root,
    env: { ...process.env, LOOKALIKE_DATA_DIR: dataDir },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) process.exit(status ?? 1);
}

console.log(`$ export LOOKALIKE_DATA_DIR=${relative(root, dataDir)}`);
show('import', 'imaterialist', `${samples}/annotations.json`, '--dataset', 'stamps');
show('index', 'stamps', ...(model ? ['--model', model] : []));

const queries = readdirSync(join(root, samples, 'queries'))
  .sort()
  .map((file) => `${samples}/queries/${file}`);
show('search', 'stamps', ...queries, '-k', '5', '--html', sheet);
console.log(`\nOpen ${relative(process.cwd(), sheet)} in a browser to see the pictures.`);
