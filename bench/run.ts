import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';

// npm run bench                         every suite but `job`, `sync`, `catalogue` and `peers`, on the sample pictures
// npm run bench -- SUITE [ARGUMENTS]    one of them: import, job, downloads, embed, search, questions,
//                                       http, annotations, sync, quality, catalogue, peers
// npm run bench -- search --backend embedded,elasticsearch,opensearch
//                                       compares the indexes, on running servers: backends.ts
// npm run bench -- search --effort elasticsearch,opensearch
//                                       recall by search effort: search-effort.ts
// npm run bench -- search --filters     searches with filters by attribute: attribute-filters.ts
// npm run bench -- search --project 128 what a projection saves: short-vectors.ts
// npm run bench -- http --upload        what HTTP adds to a search with an uploaded picture: http-upload.ts

const suites: Record<string, string> = {
  import: 'import-and-index.ts',
  job: 'job.ts',
  downloads: 'downloads.ts',
  embed: 'embed.ts',
  search: 'vector-index.ts',
  questions: 'questions.ts',
  http: 'http.ts',
  annotations: 'annotations.ts',
  sync: 'sync.ts',
  catalogue: 'catalogue.ts',
  quality: 'quality.ts',
  peers: 'peers.ts',
};

/** They take many minutes, so they run only when named. */
const long = ['job', 'sync', 'catalogue', 'peers'];

/** Variants of a suite, by the argument that selects them. */
const variants: Record<string, Record<string, string>> = {
  search: {
    '--backend': 'backends.ts',
    '--effort': 'search-effort.ts',
    '--filters': 'attribute-filters.ts',
    '--project': 'short-vectors.ts',
  },
  http: { '--upload': 'http-upload.ts' },
};

const [wanted, ...args] = process.argv.slice(2);
if (wanted !== undefined && suites[wanted] === undefined) {
  console.error(`There is no suite ${wanted}. Choose one of: ${Object.keys(suites).join(', ')}.`);
  process.exit(2);
}

for (const [suite, file] of Object.entries(suites)) {
  if (suite !== (wanted ?? suite)) continue;
  if (wanted === undefined && long.includes(suite)) continue;
  console.log(`\n== ${suite}`);
  const special = args.map((arg) => variants[suite]?.[arg]).find((path) => path !== undefined);
  const path = fileURLToPath(new URL(special ?? file, import.meta.url));
  const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', path, ...args], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
