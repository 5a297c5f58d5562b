// The whole job on 100 real pictures, by the same commands that people type: import, index, search.
// Writes one HTML page with every query beside its hits. Running it again imports nothing twice.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const samples = join(root, 'samples', 'stamps');
const dataDir = process.env.LOOKALIKE_DATA_DIR ?? join(root, 'data', 'demo');
const sheet = join(dataDir, 'contact-sheet.html');
const hitsShown = 5;
// An index stays with the model it was made with, unless another is asked for.
const model = process.env.EMBEDDING_MODEL;

const labelNames = JSON.parse(readFileSync(join(samples, 'labels.json'), 'utf8'));

/** Runs one command of the service, shown as one would type it, and returns what it prints. */
function lookalike(...args) {
  const shown = args.map((arg) => (arg.startsWith(root) ? relative(root, arg) : arg)).join(' ');
  console.log(`\n$ lookalike ${shown}`);
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'bin', 'lookalike.js'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, LOOKALIKE_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) process.exit(status ?? 1);
  return stdout;
}

process.stdout.write(
  lookalike('import', 'imaterialist', join(samples, 'annotations.json'), '--dataset', 'stamps'),
);
process.stdout.write(lookalike('index', 'stamps', ...(model ? ['--model', model] : [])));

const results = [];
for (const file of readdirSync(join(samples, 'queries')).sort()) {
  const query = join(samples, 'queries', file);
  const hits = lookalike('search', 'stamps', query, '-k', String(hitsShown), '--json')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const { rank, score, externalId, labels } of hits) {
    const names = labels.map((label) => `${label} ${labelNames[label] ?? ''}`).join(', ');
    console.log(`  ${rank}. ${score.toFixed(3)}  image ${externalId.padEnd(4)} ${names}`);
  }
  results.push({ query, hits });
}

writeFileSync(sheet, page(results));
console.log(`\nOpen ${relative(process.cwd(), sheet)} in a browser to see them.`);

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
<p>Each row: a query, then the ${hitsShown} images of the catalogue that look most like it, with the cosine similarity
of their embeddings and their label. The pictures are from Tux Paint Stamps; see samples/stamps/LICENSE.md.</p>
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
