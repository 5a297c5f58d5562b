// Checks the messages of the commits since a base, by commitlint.
//
//     npm run check:commits [-- BASE]      by default: origin/main, or what CHECK_COMMITS_SINCE names
//
// There may be nothing to check: no repository, a clone that does not reach back to the base, or no commit
// since. Then it says so and succeeds.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const base = process.argv[2] || process.env.CHECK_COMMITS_SINCE || 'origin/main';

/** What git prints, without the last line break; undefined if it fails. */
function git(...args) {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

const from = git('merge-base', `${base}^{commit}`, 'HEAD');
if (from === undefined) {
  console.log(`check:commits: this clone has no common history with ${base}; nothing to check.`);
} else if (git('rev-list', '--count', `${from}..HEAD`) === '0') {
  console.log(`check:commits: no commits since ${base}; nothing to check.`);
} else {
  const { status } = spawnSync(
    'npx',
    ['--no-install', 'commitlint', '--from', from, '--to', 'HEAD', '--verbose'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  process.exitCode = status ?? 1;
}
