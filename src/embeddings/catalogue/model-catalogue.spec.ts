import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fakeManifest } from '../../../test/fakes/fake.feature-extractor.ts';
import { BUNDLED_MODELS_DIR } from '../embeddings.config.ts';
import { ModelCatalogue } from './model-catalogue.ts';
import { readModelFiles, readUncheckedFiles } from './model-files.ts';
import { modelIdentity, modelIdentityFromJson, networkIdentity } from '../models/model-identity.ts';
import type { ModelManifest } from './model-manifest.ts';

describe('the bundled models', () => {
  it('are found without a user folder, and intact', async () => {
    const catalogue = await ModelCatalogue.read('/nowhere');
    expect(catalogue.findVariants('efficientnet-lite0').map(({ precision }) => precision)).toEqual([
      'int8',
      'float32',
    ]);
    expect(catalogue.getVariant('efficientnet-lite2')).toMatchObject({ precision: 'int8', dimension: 1280 });
    for (const model of catalogue.models) {
      expect(catalogue.isBundled(model)).toBe(true);
      expect(catalogue.folderOf(model)).toBe(BUNDLED_MODELS_DIR);
      const { bytes } = await readModelFiles(catalogue.folderOf(model), model);
      expect(bytes).toBe(model.bytes);
    }
  });

  it('have their licences beside them', async () => {
    const text = await readFile(join(BUNDLED_MODELS_DIR, 'LICENSE-efficientnet-lite.md'), 'utf8');
    for (const { file } of (await ModelCatalogue.read()).models) expect(text).toContain(file);
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

  const register = (...models: unknown[]) =>
    writeFile(join(folder, 'manifest.json'), JSON.stringify({ models }));

  it('lists the available models when asked for another', async () => {
    const catalogue = ModelCatalogue.of({ models: [fakeManifest, { ...fakeManifest, id: 'other' }] });
    expect(catalogue.getVariant('other').id).toBe('other');
    expect(() => catalogue.getVariant('resnet')).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNKNOWN',
        details: { model: 'resnet', known: ['fake', 'other'], near: [] },
      }),
    );
  });

  it('lists the named models as well if their networks are available, and suggests similar names', async () => {
    const catalogue = await ModelCatalogue.read();
    const networks = [...new Set(catalogue.models.map(({ id }) => id))];
    expect(() => catalogue.getVariants('fsat')).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(
          `"fsat". Did you mean "fast"? Available: fast, best, ${networks[0]}, `,
        ),
        details: { model: 'fsat', known: ['fast', 'best', ...networks], near: ['fast'] },
      }),
    );
    expect(() => catalogue.getVariants('efficientnet-lite')).toThrow(/Did you mean "efficientnet-lite0"/);
  });

  it("adds the user's models to those of the package, and knows the folder of each", async () => {
    const { format, ...older } = fakeManifest;
    await register(older);
    const catalogue = await ModelCatalogue.read(folder);
    const fake = catalogue.getVariant('fake');
    expect(fake).toEqual({ ...older, format });
    expect([catalogue.folderOf(fake), catalogue.isBundled(fake)]).toEqual([folder, false]);
    expect(catalogue.isBundled(catalogue.getVariant('efficientnet-lite0'))).toBe(true);
  });

  it('accepts an empty user manifest, and none', async () => {
    const { models } = await ModelCatalogue.read(folder);
    await register();
    expect((await ModelCatalogue.read(folder)).models).toEqual(models);
  });

  it("refuses a user's model with the name of a bundled variant, but accepts another variant of it", async () => {
    const bundled = (await ModelCatalogue.read()).getVariant('efficientnet-lite0');
    await register({ ...bundled, format: 'tfjs-graph', file: 'lite0/model.json' });
    expect((await ModelCatalogue.read(folder)).findVariants('efficientnet-lite0')).toHaveLength(3);
    await register({ ...bundled, file: 'mine.onnx' });
    const reading = ModelCatalogue.read(folder);
    await expect(reading).rejects.toMatchObject({ code: 'MODEL_MANIFEST_INVALID' });
    await expect(reading).rejects.toThrow('efficientnet-lite0 (onnx, int8)');
  });

  it('prefers ONNX and then int8, and finds the requested variant', () => {
    const variant = (changes: Partial<ModelManifest>) => ({ ...fakeManifest, ...changes });
    const catalogue = ModelCatalogue.of({
      models: [
        variant({ format: 'tfjs-graph', file: 'fake/model.json' }),
        variant({ precision: 'float32' }),
        variant({ precision: 'int8' }),
      ],
    });
    const named = catalogue.findVariants('fake').map(({ format, precision }) => `${format} ${precision}`);
    expect(named).toEqual(['onnx int8', 'onnx float32', 'tfjs-graph float32']);
    expect(catalogue.getVariant('fake').precision).toBe('int8');
    expect(catalogue.getVariant('fake', { precision: 'float32' }).format).toBe('onnx');
    expect(catalogue.getVariant('fake', { format: 'tfjs-graph' }).format).toBe('tfjs-graph');
    expect(() => catalogue.getVariant('fake', { format: 'tfjs-graph', precision: 'int8' })).toThrow(
      expect.objectContaining({ code: 'MODEL_UNKNOWN' }),
    );
    expect(catalogue.findVariants('resnet')).toEqual([]);
  });

  it.each([
    ['no JSON', '{"models": [', 'JSON'],
    ['no list', '{}', 'models'],
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
    [
      'a TensorFlow.js model that is no model.json',
      JSON.stringify({ models: [{ ...fakeManifest, format: 'tfjs-graph' }] }),
      'folder/model.json',
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
    await writeFile(join(folder, 'manifest.json'), content);
    const reading = ModelCatalogue.read(folder);
    await expect(reading).rejects.toMatchObject({ code: 'MODEL_MANIFEST_INVALID' });
    await expect(reading).rejects.toThrow(problem);
    await expect(reading).rejects.not.toThrow(folder);
  });

  it("requires the package's own manifest", async () => {
    await expect(ModelCatalogue.read(undefined, folder)).rejects.toMatchObject({
      code: 'MODEL_MANIFEST_INVALID',
    });
  });

  it('refuses a file that is missing or different', async () => {
    await expect(readModelFiles(folder, fakeManifest)).rejects.toMatchObject({ code: 'MODEL_FILE_MISSING' });
    await writeFile(join(folder, fakeManifest.file), 'x');
    await expect(readModelFiles(folder, fakeManifest)).rejects.toMatchObject({ code: 'MODEL_FILE_DAMAGED' });
  });

  it('reads a TensorFlow.js model as model.json and its shards, in order', async () => {
    const main = JSON.stringify({ weightsManifest: [{ paths: ['b.bin'] }, { paths: ['a.bin'] }] });
    await mkdir(join(folder, 'net'));
    for (const [file, text] of [
      ['model.json', main],
      ['a.bin', 'AA'],
      ['b.bin', 'B'],
    ] as const) {
      await writeFile(join(folder, 'net', file), text);
    }
    const files = await readUncheckedFiles(folder, 'net/model.json', 'tfjs-graph');
    expect([files.main, ...files.shards].map(String)).toEqual([main, 'B', 'AA']);
    expect(files.bytes).toBe(main.length + 3);
    const manifest: ModelManifest = {
      ...fakeManifest,
      format: 'tfjs-graph',
      file: 'net/model.json',
      sha256: files.sha256,
    };
    expect(await readModelFiles(folder, manifest)).toEqual(files);
    await writeFile(join(folder, 'net', 'a.bin'), 'AB');
    await expect(readModelFiles(folder, manifest)).rejects.toMatchObject({ code: 'MODEL_FILE_DAMAGED' });
    await writeFile(join(folder, 'net', 'model.json'), '{"weightsManifest": [{"paths": ["../../secret"]}]}');
    await expect(readModelFiles(folder, manifest)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });
});

describe('modelIdentity', () => {
  const network = (changes: object = {}) => networkIdentity({ ...fakeManifest, ...changes });
  const key = (changes: object) => modelIdentity([network(changes)]).key;

  it('is readable and stable', () => {
    expect(key({})).toMatch(/^fake-float32-[0-9a-f]{8}$/);
    expect(key({})).toBe(key({ licence: 'MIT', source: 'elsewhere', file: 'renamed.onnx' }));
  });

  it('of the bundled model has not changed, so that older indexes remain usable', async () => {
    const manifest = (await ModelCatalogue.read()).getVariant('efficientnet-lite0', { precision: 'int8' });
    const { networks, ...identity } = modelIdentity([networkIdentity(manifest)]);
    expect(identity).toEqual({
      model: 'efficientnet-lite0',
      revision: '1',
      precision: 'int8',
      dimension: 1280,
      digest: expect.any(String),
      key: 'efficientnet-lite0-int8-a8885b00',
    });
    expect(modelIdentityFromJson(JSON.stringify(identity))).toEqual({ ...identity, networks });
  });

  it.each([
    { sha256: '1'.repeat(64) },
    { dimension: 47 },
    { output: 'other' },
    { preprocessing: { ...fakeManifest.preprocessing, resize: 40 } },
    { preprocessing: { ...fakeManifest.preprocessing, mean: [0, 0, 0] } },
    { format: 'tfjs-layers' },
  ])('changes with whatever changes the vectors: %j', (changes) => {
    expect(key(changes)).not.toBe(key({}));
  });

  it('of several networks names them all and depends on their order and precisions', () => {
    const [a, b] = [network({ id: 'a' }), network({ id: 'b', precision: 'int8', sha256: '1'.repeat(64) })];
    const both = modelIdentity([a, b]);
    expect(both).toMatchObject({ model: 'a+b', precision: 'float32+int8', dimension: 96, networks: [a, b] });
    expect(both.key).toMatch(/^a-b-float32-int8-96-[0-9a-f]{8}$/);
    expect(modelIdentity([b, a]).key).not.toBe(both.key);
  });

  it('changes with the fit of a projection, and its key stays short and safe', () => {
    const long = [network({ id: `x${'1'.repeat(63)}` }), network({ id: `y${'2'.repeat(63)}` })];
    const fit = (digest: string) => modelIdentity(long, { digest, version: 3, dimension: 16 });
    expect(fit('a')).toMatchObject({ dimension: 16, projection: { digest: 'a', version: 3 } });
    expect(fit('a').model).toMatch(/@16$/);
    expect(fit('a').key).not.toBe(fit('b').key);
    expect(fit('a').key).toMatch(/^[a-z0-9][a-z0-9.-]{10,90}$/);
  });
});
