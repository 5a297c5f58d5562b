import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { run } from './lookalike.ts';

const bin = fileURLToPath(new URL('../../bin/lookalike.js', import.meta.url));
const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));

/** How each shell is asked what a line would be completed to. */
const SHELLS = {
  bash: (words: readonly string[]) => `
    source <(lookalike completion bash)
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
    COMP_CWORD=${words.length - 1}
    _lookalike lookalike
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  fish: (words: readonly string[]) => `
    lookalike completion fish | source
    complete -C '${words.join(' ')}' | cut -f 1`,
  // What completion offers is shown by the line editor alone, which needs a terminal and does not say when it has
  // finished: this reads until everything that is wanted has been shown, or for a minute.
  zsh: (words: readonly string[], wanted: readonly string[]) => `
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell 'PS1=; stty columns 200; autoload -Uz compinit && compinit -u -D; source <(lookalike completion zsh); zstyle ":completion:*" list-prompt ""; echo ready'
    while zpty -r shell line; do [[ $line == *ready$'\\r'* && $line != *echo* ]] && break; done
    zpty -w -n shell $'${words.join(' ')}\\t\\t'
    offered= missing=1
    while (( missing && SECONDS < 60 )); do
      if zpty -r -t shell part; then offered+=$part; else sleep 0.1; fi
      missing=0
      for text in ${wanted.map((text) => `'${text}'`).join(' ')}; do [[ $offered == *"$text"* ]] || missing=1; done
    done
    print -r -- "$offered"
    zpty -d shell`,
};

const has = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;
const required = process.env.REQUIRE_SHELLS === '1';

describe.each(['bash', 'zsh', 'fish'] as const)('completion in %s', (shell) => {
  const inShell = required || has(shell) ? it : it.skip;
  // eslint-disable-next-line no-console -- skipped tests must not go unnoticed
  if (inShell === it.skip) console.warn(`SKIPPED: completion in ${shell}, which is not installed.`);
  let folder: string;
  let environment: Record<string, string | undefined>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    await mkdir(join(folder, 'bin'));
    await symlink(bin, join(folder, 'bin', 'lookalike'));
    await symlink(process.execPath, join(folder, 'bin', 'node'));
    await writeFile(join(folder, 'a picture.jpg'), '');
    environment = {
      ...process.env,
      HOME: folder,
      NODE_OPTIONS: '',
      LOOKALIKE_DATA_DIR: join(folder, 'data'),
      PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
      TERM: 'xterm',
    };
    const { code } = await run(
      join(folder, 'data'),
      ...['import', 'imaterialist', join(samples, 'annotations.json'), '--dataset', 'stamps', '--limit', '1'],
    );
    expect(code).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const expectOffered = (words: readonly string[], ...wanted: readonly string[]) => {
    const script = SHELLS[shell](['lookalike', ...words], wanted);
    const offered = execFileSync(shell, [...(shell === 'zsh' ? ['-f'] : []), '-c', script], {
      cwd: folder,
      env: environment,
      encoding: 'utf8',
    });
    for (const text of wanted) expect(offered).toContain(text);
  };

  inShell('completes commands', () => {
    expectOffered(['se'], 'search', 'serve');
  });

  inShell('completes options', () => {
    expectOffered(['search', 'stamps', '--min'], '--min-score');
  });

  inShell('completes names of datasets', () => {
    expectOffered(['search', 'st'], 'stamps');
    expectOffered(['embed', 'x.jpg', '--dataset', 'st'], 'stamps');
  });

  inShell('completes names of files', () => {
    expectOffered(['search', 'stamps', 'a'], ' picture.jpg');
  });
});
