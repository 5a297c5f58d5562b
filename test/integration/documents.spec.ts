import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { agrees, freshCheckout, runBlocks, shellBlocks } from './shell-blocks.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('what the documents tell people to type', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-documents-'));
    await freshCheckout(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each([
    'README.md',
    'docs/tutorial.md',
    'docs/cli.md',
    'docs/api.md',
    'docs/filters.md',
    'docs/products.md',
    'docs/import.md',
    'docs/models.md',
  ])('works in a fresh checkout, in the order of %s, and prints what is shown', async (document) => {
    const path = join(root, document);
    let markdown = await readFile(path, 'utf8');
    const blocks = shellBlocks(markdown).filter(({ needs }) => needs === undefined);
    expect(blocks.length).toBeGreaterThan(1);

    const runs = await runBlocks(folder, blocks);
    const disagreements: { commands: string; shown: string; printed: string }[] = [];
    for (const [at, { commands, shown }] of blocks.entries()) {
      const run = runs[at];
      if (run?.code !== 0) throw new Error(`This failed in ${document}:\n${commands}\n${run?.stderr}`);
      if (shown === undefined || agrees(shown, run.stdout)) continue;
      disagreements.push({ commands, shown, printed: run.stdout });
      markdown = markdown.replace(shown, () => updated(shown, run.stdout));
    }
    if (process.env.UPDATE_DOCUMENTS === '1') await writeFile(path, markdown);
    else expect(disagreements).toEqual([]);
  });
});

/** What was printed, except for lines that still agree, which may have `…` in them. */
function updated(shown: string, printed: string): string {
  const before = shown.split('\n');
  return printed
    .split('\n')
    .map((line, at) => (before[at] !== undefined && agrees(before[at], line) ? before[at] : line))
    .join('\n');
}

describe('the comparison with shown output', () => {
  it('holds for equal text, for what "…" stands for, and for scores that differ a little', () => {
    expect(agrees('1  0.7005  6', '1  0.7005  6\n')).toBe(true);
    expect(agrees('1  0.7005  6', '1  0.7105  6')).toBe(true);
    expect(agrees('done in … s', 'done in 12.5 s')).toBe(true);
    expect(agrees('first\n…', 'first\nsecond\nthird')).toBe(true);
  });

  it('does not hold for other text, other lines or other scores', () => {
    expect(agrees('1  0.7005  6', '1  0.7005  7')).toBe(false);
    expect(agrees('1  0.7005  6', '1  0.8005  6')).toBe(false);
    expect(agrees('first', 'first\nsecond')).toBe(false);
    expect(agrees('first\nsecond\n…', 'first')).toBe(false);
  });
});
