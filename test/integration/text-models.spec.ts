import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writePaintedPictures } from '../fixtures/painted-pictures.ts';
import { clipVision } from '../fixtures/published-networks.ts';
import { writeTwoTowers } from '../fixtures/two-towers.ts';
import { run, runJson } from './lookalike.ts';

describe('models with a text tower, on the command line', () => {
  let dataDir: string;
  let files: { vision: string; text: string; tokenizer: string };

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
    files = await writeTwoTowers(dataDir);
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  it('are added, indexed with and searched by words', async () => {
    const { vision, text, tokenizer } = files;
    const shape = ['--size', '32', '--resize', '32', '--layout', 'NCHW', '--mean', '0.5', '--std', '0.5'];
    const [added] = await runJson(
      dataDir,
      ...['models', 'add', vision, '--id', 'colours', ...shape, '--yes'],
      ...['--text', text, '--tokenizer', tokenizer, '--text-length', '8'],
    );
    expect(added).toMatchObject({ id: 'colours', dimension: 3, text: { length: 8, mask: 'attention_mask' } });
    expect((await run(dataDir, 'models', 'list')).stdout).toMatch(/colours .*, with text\n/);

    await runJson(dataDir, 'import', 'directory', await writePaintedPictures(dataDir), '--dataset', 'paint');
    await runJson(dataDir, 'index', 'paint', '--model', 'colours');
    const hits = await runJson(
      dataDir,
      'search',
      'paint',
      '--text',
      'a red coat',
      '--text',
      'Blue',
      '-k',
      '1',
    );
    expect(hits).toMatchObject([
      { query: 'a red coat', rank: 1, fileName: expect.stringMatching(/red\.png$/) as unknown },
      { query: 'Blue', rank: 1, fileName: expect.stringMatching(/blue\.png$/) as unknown },
    ]);
    const sheet = join(dataDir, 'hits.html');
    expect((await run(dataDir, 'search', 'paint', '--text', 'red', '--html', sheet)).code).toBe(0);

    await runJson(dataDir, 'index', 'paint', '--model', 'efficientnet-lite0:int8');
    const refused = await run(dataDir, 'search', 'paint', '--text', 'red');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('error MODEL_HAS_NO_TEXT: The model efficientnet-lite0 cannot');
  });

  it('are added by recipe, with the licence shown', async () => {
    const network = join(dataDir, 'clip.onnx');
    await writeFile(network, clipVision());
    const { stdout } = await run(dataDir, 'models', 'add', network, '--recipe', 'clip-vit-b32', '--yes');
    expect(stdout).toContain('licence  MIT: https://github.com/openai/CLIP/blob/main/LICENSE\n');
    expect(stdout).toContain('registered clip-vit-b32 (onnx, float32)');
    expect((await run(dataDir, 'models', 'list')).stdout).toMatch(
      /clip-vit-b32 .* MIT, recipe clip-vit-b32\n/,
    );
    const other = await run(dataDir, 'models', 'add', network, '--recipe', 'clip-vit-l14', '--yes');
    expect(other.stderr).toContain('expected: [N, 768]; found: [N, 512]');
    const recipes = await runJson(dataDir, 'models', 'recipes');
    expect(recipes).toContainEqual(expect.objectContaining({ name: 'dinov2-base', licence: 'Apache-2.0' }));
  });
});
