// Makes docs/images/search.svg: sample queries beside their best hits, with the scores that a search
// gives. Run "npm run build" first. The pictures are embedded, so that the file stands alone.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const root = fileURLToPath(new URL('../..', import.meta.url));
const samples = join(root, 'samples', 'stamps');
const queries = ['mammal-cow_white', 'flower-flower2', 'house-igloo'];
const hitsShown = 5;
const side = 132;
const gap = 16;
const caption = 40;
const margin = 20;

const labels = JSON.parse(readFileSync(join(samples, 'labels.json'), 'utf8'));
const dataDir = mkdtempSync(join(tmpdir(), 'lookalike-picture-'));
try {
  lookalike('import', 'imaterialist', join(samples, 'annotations.json'), '--dataset', 'stamps');
  lookalike('index', 'stamps');
  const rows = [];
  for (const query of queries) rows.push(await rowOf(join(samples, 'queries', `${query}.jpg`), rows.length));
  writeFileSync(join(root, 'docs', 'images', 'search.svg'), drawing(rows));
} finally {
  rmSync(dataDir, { recursive: true });
}

function lookalike(...args) {
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'bin', 'lookalike.js'), ...args], {
    encoding: 'utf8',
    // The same scores on every machine, whichever precision is the faster one there.
    env: { ...process.env, LOOKALIKE_DATA_DIR: dataDir, EMBEDDING_PRECISION: 'int8' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`lookalike ${args[0]} failed`);
  return stdout;
}

async function rowOf(query, row) {
  const hits = lookalike('search', 'stamps', query, '-k', String(hitsShown), '--json')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const y = margin + row * (side + caption + gap);
  const figures = [await figure(query, 0, y, 'query', '')];
  for (const { rank, score, path, labels: keys } of hits) {
    const names = keys.map((key) => labels[key] ?? key).join(', ');
    figures.push(await figure(path, rank, y, score.toFixed(3), names));
  }
  return figures.join('\n');
}

async function figure(file, column, y, title, subtitle) {
  const x = margin + column * (side + gap) + (column > 0 ? 2 * gap : 0);
  const bytes = await sharp(file)
    .resize(side * 1.5, side * 1.5, { fit: 'contain', background: '#fff' })
    .jpeg({ quality: 82, mozjpeg: true })
    .toBuffer();
  const middle = x + side / 2;
  return `<image x="${x}" y="${y}" width="${side}" height="${side}" href="data:image/jpeg;base64,${bytes.toString('base64')}"/>
<text x="${middle}" y="${y + side + 17}" font-weight="600">${title}</text>
<text x="${middle}" y="${y + side + 34}" fill="#666">${subtitle}</text>`;
}

function drawing(rows) {
  const width = 2 * margin + (hitsShown + 1) * (side + gap) + gap;
  const height = 2 * margin + rows.length * (side + caption + gap) - gap;
  const line = margin + side + (3 * gap) / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="14" fill="#222" text-anchor="middle">
<title>Sample pictures and the five images that look most like each, with their cosine similarity and label</title>
<rect width="${width}" height="${height}" rx="8" fill="#fff" stroke="#ddd"/>
<line x1="${line}" y1="${margin}" x2="${line}" y2="${height - margin}" stroke="#bbb"/>
${rows.join('\n')}
</svg>
`;
}
