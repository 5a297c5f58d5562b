import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readUncheckedFiles } from '../catalogue/model-files.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { modelLocations } from '../../../test/fixtures/model-registry.ts';
import { ModelFolder } from './model-folder.ts';

const entry = (id: string, changes: Partial<ModelManifest> = {}): ModelManifest => ({
  ...{ id, revision: '1', precision: 'float32', format: 'onnx', input: 'input', output: 'embedding' },
  dimension: 6,
  preprocessing: { resize: 8, crop: 8, mean: [0, 0, 0], std: [255, 255, 255], layout: 'NCHW' },
  ...{ licence: 'MIT', source: 'a test', file: 'overwritten', sha256: '0'.repeat(64), bytes: 1 },
  ...changes,
});
const content = (text: string) => Buffer.from(text);

describe('ModelFolder', () => {
  let folder: ModelFolder;

  beforeEach(async () => {
    folder = new ModelFolder(modelLocations(join(await mkdtemp(join(tmpdir(), 'lookalike-')), 'models')));
  });
  afterEach(() => rm(join(folder.path, '..'), { recursive: true }));

  const files = async () => (await readdir(folder.path)).filter((name) => !name.startsWith('.')).sort();

  it('is empty before it exists', async () => {
    expect(await folder.listModels()).toEqual([]);
  });

  it('names a file after its content', async () => {
    const added = await folder.addModel(entry('one'), content('weights'));
    expect(added).toMatchObject({
      file: 'one-float32-9a129038.onnx',
      bytes: 7,
      sha256: expect.stringMatching(/^9a129038/) as never,
    });
    expect(await folder.listModels()).toEqual([added]);
    expect(await files()).toEqual(['manifest.json', added.file]);
    expect(await readFile(join(folder.path, added.file), 'utf8')).toBe('weights');
    expect(await folder.isComplete(added)).toBe(true);
  });

  it('loses no entry when many models are added at once', async () => {
    // Separate objects, like those of separate processes.
    const ids = Array.from({ length: 12 }, (_, at) => `model-${at}`);
    await Promise.all(
      ids.map((id) => new ModelFolder(modelLocations(folder.path)).addModel(entry(id), content(id))),
    );
    expect((await folder.listModels()).map(({ id }) => id).sort()).toEqual([...ids].sort());
  });

  it('accepts the same model again and restores its file', async () => {
    const added = await folder.addModel(entry('one'), content('weights'));
    await writeFile(join(folder.path, added.file), 'wei');
    expect(await folder.isComplete(added)).toBe(false);
    expect(await folder.addModel(entry('one'), content('weights'))).toEqual(added);
    expect(await folder.isComplete(added)).toBe(true);
    expect(await folder.listModels()).toHaveLength(1);
  });

  it.each<[string, Partial<ModelManifest>, string]>([
    ['content', {}, 'other'],
    ['preprocessing', { preprocessing: { ...entry('x').preprocessing, resize: 9 } }, 'weights'],
  ])('refuses different %s under the same name', async (_what, changes, text) => {
    const added = await folder.addModel(entry('one'), content('weights'));
    await expect(folder.addModel(entry('one', changes), content(text))).rejects.toMatchObject({
      code: 'MODEL_EXISTS',
      details: { id: 'one', precision: 'float32' },
    });
    expect(await folder.listModels()).toEqual([added]);
    expect(await files()).toEqual(['manifest.json', added.file]);
  });

  it('keeps several precisions of one model, and removes the right one', async () => {
    await folder.addModel(entry('one'), content('float'));
    const int8 = await folder.addModel(entry('one', { precision: 'int8' }), content('int8'));
    await expect(folder.removeModel('one')).rejects.toMatchObject({
      code: 'MODEL_AMBIGUOUS',
      details: { variants: ['one (onnx, float32)', 'one (onnx, int8)'] },
    });
    await expect(folder.removeModel('ones')).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
      details: { near: ['one'] },
    });
    await folder.removeModel('one', { precision: 'float32' });
    expect(await folder.listModels()).toEqual([int8]);
    expect(await files()).toEqual(['manifest.json', int8.file]);
    await folder.removeModel('one');
    expect(await files()).toEqual(['manifest.json']);
    await expect(folder.removeModel('one')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
  });

  describe('with a model of several files', () => {
    const shards = ['one', 'two'].map((text) => ({ name: `${text}.bin`, bytes: content(text) }));
    const add = () =>
      folder.addModel(entry('net', { format: 'tfjs-graph' }), modelJson(['one.bin', 'two.bin']), shards);
    const modelJson = (paths: readonly string[]) =>
      content(JSON.stringify({ format: 'graph-model', weightsManifest: [{ paths, weights: [] }] }));

    it('keeps them in a folder named after their content', async () => {
      const added = await add();
      const { sha256, bytes } = await readUncheckedFiles(folder.path, added.file, 'tfjs-graph');
      expect(added).toMatchObject({
        ...{ sha256, bytes },
        file: `net-tfjs-graph-float32-${sha256.slice(0, 8)}/model.json`,
      });
      expect(await folder.listModels()).toEqual([added]);
      expect(await readdir(folder.path)).toHaveLength(2 + 1);
      expect(await folder.isComplete(added)).toBe(true);
    });

    it('accepts the same model again and restores files that are damaged or incomplete', async () => {
      const added = await add();
      const place = join(folder.path, dirname(added.file));
      await writeFile(join(place, 'two.bin'), 'tw');
      expect(await folder.isComplete(added)).toBe(false);
      await mkdir(join(folder.path, `.${dirname(added.file)}.partial`));
      expect(await add()).toEqual(added);
      expect(await folder.isComplete(added)).toBe(true);
      await rm(join(place, 'one.bin'));
      expect(await folder.isComplete(added)).toBe(false);
      expect(await readdir(folder.path)).toHaveLength(2 + 1);
    });

    it('coexists with the same network as an ONNX file, and is removed by its format', async () => {
      const onnx = await folder.addModel(entry('net'), content('weights'));
      await add();
      await expect(folder.removeModel('net')).rejects.toMatchObject({ code: 'MODEL_AMBIGUOUS' });
      await folder.removeModel('net', { format: 'tfjs-graph' });
      expect(await files()).toEqual(['manifest.json', onnx.file]);
    });
  });

  it('does not remove a model that must not be removed', async () => {
    const added = await folder.addModel(entry('one'), content('weights'));
    const refusing = folder.removeModel('one', {}, async (model) => {
      expect(model).toEqual(added);
      throw new Error('in use');
    });
    await expect(refusing).rejects.toThrow('in use');
    expect(await folder.listModels()).toEqual([added]);
    expect(await folder.isComplete(added)).toBe(true);
  });

  it('does not touch a manifest that it cannot read', async () => {
    await folder.addModel(entry('one'), content('weights'));
    await writeFile(join(folder.path, 'manifest.json'), '{ "models": [');
    await expect(folder.addModel(entry('two'), content('more'))).rejects.toMatchObject({
      code: 'MODEL_MANIFEST_INVALID',
    });
    expect(await readFile(join(folder.path, 'manifest.json'), 'utf8')).toBe('{ "models": [');
  });
});
