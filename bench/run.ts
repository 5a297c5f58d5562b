import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';

// npm run bench                         every suite, on the sample pictures
// npm run bench -- SUITE [ARGUMENTS]    one of them: import, downloads, embed, search, questions,
//                                       http, annotations
// npm run bench -- search --backend embedded,elasticsearch,opensearch
//                                       compares the indexes, on running servers: backends.ts
// npm run bench -- search --effort elasticsearch,opensearch
//                                       recall by search effort: search-effort.ts
// npm run bench -- search --project 128 what a projection saves: short-vectors.ts

const suites: Record<string, string> = {
  import: 'import-and-index.ts',
  downloads: 'downloads.ts',
  embed: 'embed.ts',
  search: 'vector-index.ts',
  questions: 'questions.ts',
  http: 'http.ts',
  annotations: 'annotations.ts',
};

/** Variants of the suite `search`, by the argument that selects them. */
const searches: Record<string, string> = {
  '--backend': 'backends.ts',
  '--effort': 'search-effort.ts',
  '--project': 'short-vectors.ts',
};

const [wanted, ...args] = process.argv.slice(2);
if (wanted !== undefined && suites[wanted] === undefined) {
  console.error(`There is no suite ${wanted}. Choose one of: ${Object.keys(suites).join(', ')}.`);
  process.exit(2);
}

for (const [suite, file] of Object.entries(suites)) {
  if (wanted !== undefined && suite !== wanted) continue;
  console.log(`\n== ${suite}`);
  const option = args.find((arg) => searches[arg] !== undefined);
  const special = suite === 'search' && option !== undefined ? searches[option] : undefined;
  const path = fileURLToPath(new URL(special ?? file, import.meta.url));
  const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', path, ...args], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
