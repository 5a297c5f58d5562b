import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { modelRegistry } from '../../../test/fixtures/model-registry.ts';
import { clipVision, dinov2 } from '../../../test/fixtures/published-networks.ts';
import {
  TEXT_LENGTH,
  textTowerOfColours,
  TWO_TOWERS,
  writeTwoTowers,
  type TextTowerOptions,
} from '../../../test/fixtures/two-towers.ts';
import { loadConfig } from '../../config/index.ts';
import { Downloader, DownloadsConfig } from '../../downloads/index.ts';
import { ModelCatalogue } from '../catalogue/model-catalogue.ts';
import { ModelFileVerifier } from '../catalogue/model-file-verifier.ts';
import { networkIdentity } from '../models/model-identity.ts';
import type { AddOptions } from './model-proposer.ts';
import type { ModelRegistry } from './model-registry.ts';

describe('a network with a text tower', () => {
  let home: string;
  let files: { vision: string; text: string; tokenizer: string };
  let downloader: Downloader;
  let registry: ModelRegistry;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'lookalike-'));
    files = await writeTwoTowers(home);
    downloader = new Downloader(loadConfig([DownloadsConfig], {}).get(DownloadsConfig) as DownloadsConfig);
    registry = modelRegistry(join(home, 'models'), downloader);
  });
  afterEach(async () => {
    await downloader.close();
    await rm(home, { recursive: true });
  });

  const add = async (options: Partial<AddOptions> = {}) => {
    const { text, tokenizer } = files;
    const proposal = await registry.propose(files.vision, { ...TWO_TOWERS, text, tokenizer, ...options });
    return registry.register(proposal);
  };
  const sha256 = async (path: string) =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  const other = async (options: TextTowerOptions) => {
    const path = join(home, 'other.onnx');
    await writeFile(path, textTowerOfColours(options));
    return path;
  };

  it('is registered with both files, which are verified', async () => {
    const model = await add();
    expect(model.text).toEqual({
      ...{
        file: expect.stringMatching(/^colours-text-\w{8}\.onnx$/) as unknown,
        sha256: await sha256(files.text),
      },
      bytes: textTowerOfColours().length,
      tokenizer: {
        file: expect.stringMatching(/^colours-tokenizer-\w{8}\.json$/) as unknown,
        sha256: await sha256(files.tokenizer),
        bytes: (await readFile(files.tokenizer)).length,
      },
      ...{ input: 'input_ids', mask: 'attention_mask', output: 'text_embeds' },
      ...{ length: TEXT_LENGTH, padding: 0, lowerCase: false },
    });
    const folder = join(home, 'models');
    const verify = async () => {
      const catalogue = await ModelCatalogue.read(folder);
      await new ModelFileVerifier(catalogue).verifyFiles(catalogue.getVariant('colours'));
    };
    await verify();
    await writeFile(join(folder, model.text!.tokenizer.file), '{}');
    await expect(verify()).rejects.toMatchObject({ code: 'MODEL_FILE_DAMAGED' });
    expect((await registry.list()).find(({ model: { id } }) => id === 'colours')?.complete).toBe(false);

    await registry.remove('colours');
    expect((await readdir(folder)).filter((name) => !name.startsWith('.'))).toEqual(['manifest.json']);
  });

  it('keeps the identity of its pictures whether it has text or not', async () => {
    const plain = await registry.register(await registry.propose(files.vision, TWO_TOWERS));
    const withText = await add();
    expect(networkIdentity(withText)).toEqual(networkIdentity(plain));
    expect(withText.text).toBeDefined();
    const former = withText.text!.file;
    const replaced = await add({ text: await other({ mask: false }) });
    expect(replaced.text).not.toHaveProperty('mask');
    expect(await readdir(join(home, 'models'))).not.toContain(former);
    // Adding the network again without its text tower does not take that away.
    expect(await registry.register(await registry.propose(files.vision, TWO_TOWERS))).toEqual(replaced);
  });

  it('takes what the recipe knows about texts, except where options say otherwise', async () => {
    await writeFile(files.vision, clipVision());
    const text = await other({ dimension: 512 });
    const { tokenizer } = files;
    const model = await registry.register(
      await registry.propose(files.vision, { recipe: 'clip-vit-b32', text, tokenizer }),
    );
    expect(model).toMatchObject({
      ...{ id: 'clip-vit-b32', recipe: 'clip-vit-b32', licence: 'MIT' },
      licenceUrl: 'https://github.com/openai/CLIP/blob/main/LICENSE',
      text: { length: 77, padding: 0, lowerCase: false, output: 'text_embeds' },
    });
    const options = {
      textLength: 16,
      textPadding: 3,
      textLowerCase: true,
      licence: 'Apache-2.0',
      id: 'mine',
    };
    const mine = await registry.propose(files.vision, {
      recipe: 'clip-vit-b32',
      text,
      tokenizer,
      ...options,
    });
    expect(mine.entry).toMatchObject({
      ...{ id: 'mine', licence: 'Apache-2.0', text: { length: 16, padding: 3, lowerCase: true } },
    });
    expect(mine.entry).not.toHaveProperty('licenceUrl');
  });

  it('is refused if the tower does not suit the network', async () => {
    const refusal = async (options: Partial<AddOptions>) =>
      add(options).then(
        () => undefined,
        ({ code, details }: { code: string; details: object }) => ({ code, ...details }),
      );
    expect(await refusal({ text: await other({ dimension: 4 }) })).toEqual({
      ...{ code: 'MODEL_TEXT_UNFIT', part: 'the output "text_embeds"' },
      ...{ expected: '[N, 3], as long as the vectors of pictures', found: '[batch_size, 4]' },
    });
    expect(await refusal({ textOutput: 'pooled' })).toMatchObject({
      ...{ code: 'MODEL_TEXT_UNFIT', expected: 'pooled', found: 'text_embeds' },
    });
    expect(await refusal({ text: await other({ length: 5 }) })).toMatchObject({
      ...{ code: 'MODEL_TEXT_UNFIT', part: 'the inputs' },
      found: '"input_ids" int64 [batch_size, 5], "attention_mask" int64 [batch_size, 5]',
    });
    expect(await refusal({ text: files.vision })).toMatchObject({
      ...{ code: 'MODEL_TEXT_UNFIT', part: 'the inputs' },
      found: '"pixel_values" float32 [batch_size, num_channels, height, width]',
    });
    expect(await refusal({ textLength: undefined })).toMatchObject({
      ...{ code: 'MODEL_TEXT_UNFIT', expected: '--text-length, such as 77' },
    });
    expect(await refusal({ tokenizer: files.vision })).toMatchObject({ part: 'the tokenizer' });
    expect(await refusal({ tokenizer: undefined })).toMatchObject({ part: 'the options' });
    await writeFile(files.tokenizer, '{"model": {"type": "Unheard"}}');
    expect(await refusal({})).toMatchObject({ code: 'MODEL_TRIAL_FAILED' });
  });

  it('is refused by a recipe of a network that was not trained with text', async () => {
    await writeFile(files.vision, dinov2(384));
    const { text, tokenizer } = files;
    await expect(
      registry.propose(files.vision, { recipe: 'dinov2-small', text, tokenizer }),
    ).rejects.toMatchObject({ code: 'MODEL_TEXT_UNFIT', details: { found: 'dinov2-small' } });
  });
});
