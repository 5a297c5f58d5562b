// Imports 100 real pictures, indexes them and searches them, using the commands that it prints. It also writes an HTML
// page that shows each query beside its hits. If it runs again, nothing is imported twice.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const samples = 'samples/stamps';
const dataDir = resolve(process.env.LOOKALIKE_DATA_DIR ?? join(root, 'data', 'demo'));
const sheet = join(dataDir, 'contact-sheet.html');
const hitsShown = 5;
// The model of an existing index is kept unless another one is requested.
const model = process.env.EMBEDDING_MODEL;

const labelNames = JSON.parse(readFileSync(join(root, samples, 'labels.json'), 'utf8'));

/** Runs a command in the project's folder and returns its output. If it fails, the demo ends with its status. */
function lookalike(args, stderr) {
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'bin', 'lookalike.js'), ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, LOOKALIKE_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', stderr],
  });
  if (status !== 0) process.exit(status ?? 1);
  return stdout;
}

/** Runs a command and prints it along with its output. */
function show(...args) {
  console.log(`\n$ lookalike ${args.join(' ')}`);
  process.stdout.write(lookalike(args, 'inherit'));
}

console.log(`$ export LOOKALIKE_DATA_DIR=${relative(root, dataDir)}`);
show('import', 'imaterialist', `${samples}/annotations.json`, '--dataset', 'stamps');
show('index', 'stamps', ...(model ? ['--model', model] : []));

const results = readdirSync(join(root, samples, 'queries'))
  .sort()
  .map((file) => {
    const query = `${samples}/queries/${file}`;
    const search = ['search', 'stamps', query, '-k', String(hitsShown)];
    show(...search);
    const lines = lookalike([...search, '--json'], 'ignore')
      .trim()
      .split('\n');
    return { query: join(root, query), hits: lines.map((line) => JSON.parse(line)) };
  });

writeFileSync(sheet, page(results));
console.log(`\nOpen ${relative(process.cwd(), sheet)} in a browser to see the pictures.`);

function page(rows) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Lookalike: stamps</title>
<style>
  body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222 }
  section { display: flex; flex-wrap: wrap; gap: 1rem; padding: 1rem 0; border-top: 1px solid #ddd }
  figure { margin: 0; width: 10rem }
  figure:first-child { padding-right: 1rem; border-right: 2px solid #333 }
  img { width: 10rem; height: 10rem; object-fit: contain; background: #fff }
  figcaption { font-size: 13px; color: #555 }
</style>
<h1>Lookalike</h1>
<p>Each row shows a query and the ${hitsShown} images of the catalogue that look most similar to it, with the cosine
similarity of their embeddings and their labels. The pictures are from Tux Paint Stamps; see samples/stamps/LICENSE.md.</p>
${rows.map(({ query, hits }) => `<section>${figure(query, basename(query))}${hits.map(hitFigure).join('')}</section>`).join('\n')}
</html>
`;
}

function hitFigure({ path, score, labels }) {
  return figure(
    path,
    `${score.toFixed(3)} · ${labels.map((label) => labelNames[label] ?? label).join(', ')}`,
  );
}

function figure(file, caption) {
  const type = extname(file) === '.png' ? 'png' : 'jpeg';
  const source = `data:image/${type};base64,${readFileSync(file).toString('base64')}`;
  return `<figure><img src="${source}" alt=""><figcaption>${caption}</figcaption></figure>`;
}
