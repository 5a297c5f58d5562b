import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ended, start, type Ended } from './lookalike.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A command that the demo printed, with the output that it printed below. */
interface ShownCommand {
  readonly args: readonly string[];
  readonly output: string;
}

function shownCommands(stdout: string): ShownCommand[] {
  return stdout
    .split('\n$ lookalike ')
    .slice(1)
    .map((text) => {
      const [line = '', ...output] = text.split('\n');
      return { args: line.split(' '), output: output.join('\n').trim() };
    });
}

describe('the demo', () => {
  let dataDir: string;
  let demo: Ended;
  let shown: ShownCommand[];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lookalike-demo-'));
    const child = spawn(process.execPath, [join(root, 'bin', 'lookalike.js'), 'demo'], {
      cwd: root,
      env: { ...process.env, NODE_OPTIONS: '', LOOKALIKE_DATA_DIR: dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    demo = await ended(child);
    shown = shownCommands(demo.stdout);
  }, 300_000);

  afterAll(async () => {
    await rm(dataDir, { recursive: true, force: true });
  });

  it('imports, indexes and searches', () => {
    expect(demo).toMatchObject({ code: 0 });
    expect(shown.map(({ args }) => args[0])).toEqual(['import', 'index', 'search']);
    expect(shown[0]?.output).toMatch(/^import succeeded: 100 done, 0 failed, .* s \(job 1\)/);
    expect(shown[1]?.output).toMatch(
      /^index succeeded: 100 done, 0 failed, .* s \(job 2\)\nprojection: Learnt from 6 labels of 100 images: /,
    );
  });

  it('prints what the search that it shows prints', async () => {
    const { args, output } = shown.at(-1)!;
    const { code, stdout } = await ended(start(dataDir, args));
    expect(code).toBe(0);
    expect(stdout.match(/^rank {3}score/gm)).toHaveLength(6);
    expect(output.replace(/\n\nOpen [^]*$/, '')).toBe(stdout.trim());
  }, 120_000);

  it('says how to see the data on a page', () => {
    const data = relative(root, dataDir);
    expect(demo.stdout.trim().split('\n').at(-1)).toBe(
      `$ LOOKALIKE_DATA_DIR=${data} npm start     # then open http://127.0.0.1:3000`,
    );
  });

  it('shows each query and its hits in a file', async () => {
    const page = await readFile(join(dataDir, 'contact-sheet.html'), 'utf8');
    expect(page.match(/<section>/g)).toHaveLength(6);
    expect(page.match(/<figure>/g)).toHaveLength(36);
    expect(page).not.toContain('undefined');
  });
});
