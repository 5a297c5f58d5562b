import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readUnchecked } from '../catalogue/model-files.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
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
    folder = new ModelFolder(join(await mkdtemp(join(tmpdir(), 'lookalike-')), 'models'));
  });
  afterEach(() => rm(join(folder.path, '..'), { recursive: true }));

  const files = async () => (await readdir(folder.path)).filter((name) => !name.startsWith('.')).sort();

  it('is empty before it is there', async () => {
    expect(await folder.entries()).toEqual([]);
  });

  it('keeps a model under a name of its content', async () => {
    const added = await folder.add(entry('one'), content('weights'));
    expect(added).toMatchObject({
      file: 'one-float32-9a129038.onnx',
      bytes: 7,
      sha256: expect.stringMatching(/^9a129038/) as never,
    });
    expect(await folder.entries()).toEqual([added]);
    expect(await files()).toEqual(['manifest.json', added.file]);
    expect(await readFile(join(folder.path, added.file), 'utf8')).toBe('weights');
    expect(await folder.isComplete(added)).toBe(true);
  });

  it('loses no entry when many are added at once', async () => {
    // Other objects, as other processes would have.
    const ids = Array.from({ length: 12 }, (_, at) => `model-${at}`);
    await Promise.all(ids.map((id) => new ModelFolder(folder.path).add(entry(id), content(id))));
    expect((await folder.entries()).map(({ id }) => id).sort()).toEqual([...ids].sort());
  });

  it('takes the same again, and restores its file', async () => {
    const added = await folder.add(entry('one'), content('weights'));
    await writeFile(join(folder.path, added.file), 'wei');
    expect(await folder.isComplete(added)).toBe(false);
    expect(await folder.add(entry('one'), content('weights'))).toEqual(added);
    expect(await folder.isComplete(added)).toBe(true);
    expect(await folder.entries()).toHaveLength(1);
  });

  it.each<[string, Partial<ModelManifest>, string]>([
    ['content', {}, 'other'],
    ['preprocessing', { preprocessing: { ...entry('x').preprocessing, resize: 9 } }, 'weights'],
  ])('refuses other %s under the same name', async (_what, changes, text) => {
    const added = await folder.add(entry('one'), content('weights'));
    await expect(folder.add(entry('one', changes), content(text))).rejects.toMatchObject({
      code: 'MODEL_EXISTS',
      details: { id: 'one', precision: 'float32' },
    });
    expect(await folder.entries()).toEqual([added]);
    expect(await files()).toEqual(['manifest.json', added.file]);
  });

  it('keeps several precisions of one model, and removes the one that is meant', async () => {
    await folder.add(entry('one'), content('float'));
    const int8 = await folder.add(entry('one', { precision: 'int8' }), content('int8'));
    await expect(folder.remove('one')).rejects.toMatchObject({
      code: 'MODEL_AMBIGUOUS',
      details: { variants: ['one (onnx, float32)', 'one (onnx, int8)'] },
    });
    await folder.remove('one', { precision: 'float32' });
    expect(await folder.entries()).toEqual([int8]);
    expect(await files()).toEqual(['manifest.json', int8.file]);
    await folder.remove('one');
    expect(await files()).toEqual(['manifest.json']);
    await expect(folder.remove('one')).rejects.toMatchObject({ code: 'MODEL_NOT_REGISTERED' });
  });

  describe('with a model of several files', () => {
    const shards = ['one', 'two'].map((text) => ({ name: `${text}.bin`, bytes: content(text) }));
    const add = () =>
      folder.add(entry('net', { format: 'tfjs-graph' }), modelJson(['one.bin', 'two.bin']), shards);
    const modelJson = (paths: readonly string[]) =>
      content(JSON.stringify({ format: 'graph-model', weightsManifest: [{ paths, weights: [] }] }));

    it('keeps them in a folder under a name of their content', async () => {
      const added = await add();
      const { sha256, bytes } = await readUnchecked(folder.path, added.file, 'tfjs-graph');
      expect(added).toMatchObject({
        ...{ sha256, bytes },
        file: `net-tfjs-graph-float32-${sha256.slice(0, 8)}/model.json`,
      });
      expect(await folder.entries()).toEqual([added]);
      expect(await readdir(folder.path)).toHaveLength(2 + 1);
      expect(await folder.isComplete(added)).toBe(true);
    });

    it('takes the same again, and restores what is damaged or was left half written', async () => {
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

    it('stands beside the same network as an ONNX file, and is removed by its format', async () => {
      const onnx = await folder.add(entry('net'), content('weights'));
      await add();
      await expect(folder.remove('net')).rejects.toMatchObject({ code: 'MODEL_AMBIGUOUS' });
      await folder.remove('net', { format: 'tfjs-graph' });
      expect(await files()).toEqual(['manifest.json', onnx.file]);
    });
  });

  it('removes nothing that may not be removed', async () => {
    const added = await folder.add(entry('one'), content('weights'));
    const refusing = folder.remove('one', {}, async (model) => {
      expect(model).toEqual(added);
      throw new Error('in use');
    });
    await expect(refusing).rejects.toThrow('in use');
    expect(await folder.entries()).toEqual([added]);
    expect(await folder.isComplete(added)).toBe(true);
  });

  it('does not touch a manifest that it cannot read', async () => {
    await folder.add(entry('one'), content('weights'));
    await writeFile(join(folder.path, 'manifest.json'), '{ "models": [');
    await expect(folder.add(entry('two'), content('more'))).rejects.toMatchObject({
      code: 'MODEL_MANIFEST_INVALID',
    });
    expect(await readFile(join(folder.path, 'manifest.json'), 'utf8')).toBe('{ "models": [');
  });
});
