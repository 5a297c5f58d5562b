import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fakeManifest } from '../../test/fakes/fake.feature-extractor.ts';
import { loadConfig } from '../config/index.ts';
import { ConfiguredModel } from './configured-model.ts';
import { EmbeddingsConfig } from './embeddings.config.ts';
import { ModelCatalogue } from './model-catalogue.ts';
import { modelIdentity } from './model-identity.ts';

const bundled = fileURLToPath(new URL('../../models/', import.meta.url));

describe('the bundled models', () => {
  it('are found without configuration, and intact', async () => {
    const config = loadConfig([EmbeddingsConfig], {}).get(EmbeddingsConfig) as EmbeddingsConfig;
    expect(join(config.MODELS_DIR, '.')).toBe(join(bundled, '.'));
    const catalogue = await ModelCatalogue.read(config.MODELS_DIR);
    const { manifest } = await ConfiguredModel.choose(catalogue, config.EMBEDDING_MODEL, config.MODELS_DIR);
    expect(manifest).toMatchObject({ id: 'efficientnet-lite0', precision: 'int8', dimension: 1280 });
    expect(await readFile(join(bundled, manifest.file))).toHaveLength(manifest.bytes);
  });
});

describe('ModelCatalogue', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('lists the known models when asked for another', async () => {
    const catalogue = ModelCatalogue.of({ models: [fakeManifest, { ...fakeManifest, id: 'other' }] });
    expect(catalogue.get('other').id).toBe('other');
    expect(() => catalogue.get('resnet')).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNKNOWN',
        details: { model: 'resnet', known: ['fake', 'other'] },
      }),
    );
  });

  it.each([
    ['no manifest', undefined, 'missing'],
    ['no JSON', '{"models": [', 'JSON'],
    ['no list', '{}', 'models'],
    ['an empty list', '{"models": []}', 'models'],
    [
      'a digest that is none',
      JSON.stringify({ models: [{ ...fakeManifest, sha256: 'abc' }] }),
      'models.0.sha256',
    ],
    [
      'a file elsewhere',
      JSON.stringify({ models: [{ ...fakeManifest, file: '../../etc/passwd' }] }),
      'models.0.file',
    ],
    ['a stranger key', JSON.stringify({ models: [{ ...fakeManifest, colour: 'red' }] }), 'colour'],
    ['an id twice', JSON.stringify({ models: [fakeManifest, fakeManifest] }), 'fake'],
    [
      'a crop beyond the picture',
      JSON.stringify({
        models: [{ ...fakeManifest, preprocessing: { ...fakeManifest.preprocessing, crop: 99 } }],
      }),
      'crop',
    ],
  ])('refuses %s', async (_, content, problem) => {
    if (content !== undefined) await writeFile(join(folder, 'manifest.json'), content);
    const reading = ModelCatalogue.read(folder);
    await expect(reading).rejects.toMatchObject({ code: 'MODEL_MANIFEST_INVALID' });
    await expect(reading).rejects.toThrow(problem);
    await expect(reading).rejects.not.toThrow(folder);
  });

  it('refuses a model whose file is missing or another, when it is chosen', async () => {
    const catalogue = ModelCatalogue.of({ models: [fakeManifest] });
    await expect(ConfiguredModel.choose(catalogue, 'fake', folder)).rejects.toMatchObject({
      code: 'MODEL_FILE_MISSING',
    });
    await writeFile(join(folder, fakeManifest.file), 'x');
    await expect(ConfiguredModel.choose(catalogue, 'fake', folder)).rejects.toMatchObject({
      code: 'MODEL_FILE_DAMAGED',
    });
  });
});

describe('modelIdentity', () => {
  const key = (changes: object) => modelIdentity({ ...fakeManifest, ...changes }).key;

  it('is readable and stable', () => {
    expect(key({})).toMatch(/^fake-float32-[0-9a-f]{8}$/);
    expect(key({})).toBe(key({ licence: 'MIT', source: 'elsewhere', file: 'renamed.onnx' }));
  });

  it.each([
    { sha256: '1'.repeat(64) },
    { dimension: 47 },
    { output: 'other' },
    { preprocessing: { ...fakeManifest.preprocessing, resize: 40 } },
    { preprocessing: { ...fakeManifest.preprocessing, mean: [0, 0, 0] } },
  ])('changes with whatever changes the vectors: %j', (changes) => {
    expect(key(changes)).not.toBe(key({}));
  });
});
