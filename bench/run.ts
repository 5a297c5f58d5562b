import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';

// npm run bench                         every suite, on the sample pictures
// npm run bench -- SUITE [ARGUMENTS]    one of them: import, embed, search, http, annotations

const suites: Record<string, string> = {
  import: 'import-and-index.ts',
  embed: 'embed.ts',
  search: 'vector-index.ts',
  http: 'http.ts',
  annotations: 'annotations.ts',
};

const [wanted, ...args] = process.argv.slice(2);
if (wanted !== undefined && suites[wanted] === undefined) {
  console.error(`There is no suite ${wanted}. There are: ${Object.keys(suites).join(', ')}.`);
  process.exit(2);
}

for (const [suite, file] of Object.entries(suites)) {
  if (wanted !== undefined && suite !== wanted) continue;
  console.log(`\n== ${suite}`);
  const path = fileURLToPath(new URL(file, import.meta.url));
  const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', path, ...args], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
