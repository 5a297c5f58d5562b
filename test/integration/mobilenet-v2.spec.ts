import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sharedPath } from '../shared-data.ts';
import { ended, run, runJson, start } from './lookalike.ts';

const folder = sharedPath('models/mobilenet_v2');
const clothing = sharedPath('data/clothing');
const MODEL = { EMBEDDING_MODEL: 'mobilenet-v2' };

interface Measured {
  readonly value: number;
}

(folder === undefined || clothing === undefined ? describe.skip : describe)('MobileNetV2 by name', () => {
  const classifier = join(folder ?? '', 'classifier.onnx');
  const preprocessing = ['--size', '224', '--resize', '256', '--mean', '0.5', '0.5', '0.5', '--std', '0.5'];
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  const withModel = async (...args: string[]) => {
    const { code, stdout, stderr } = await ended(start(dataDir, [...args, '--json'], MODEL));
    if (code !== 0) throw new Error(`lookalike ${args.join(' ')} ended with ${code}: ${stderr}`);
    const lines = stdout.split('\n').filter((line) => line !== '');
    return JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>;
  };

  it('tells which file is wanted where there is no network, and takes no other one', async () => {
    const offline = await run(
      dataDir,
      'models',
      'pull',
      'mobilenet-v2',
      '--mirror',
      'http://127.0.0.1/x',
      '--json',
    );
    expect(offline.code).toBe(1);
    expect(JSON.parse(offline.stderr)).toMatchObject({
      error: {
        code: 'MODEL_NOT_FETCHED',
        file: 'mobilenetv2-12.onnx',
        bytes: 13_964_571,
        sha256: 'c0c3f76d93fa3fd6580652a45618618a220fced18babf65774ed169de0432ad5',
      },
    });
    const wrong = await run(dataDir, 'models', 'pull', 'mobilenet-v2', '--from', classifier, '--json');
    expect(JSON.parse(wrong.stderr)).toMatchObject({ error: { code: 'MODEL_WRONG_FILE' } });
    expect(await run(dataDir, 'models', 'list')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/mobilenet-v2 .*not fetched yet: lookalike models pull mobilenet-v2/),
    });
  });

  it('registers nothing unasked', async () => {
    const { code, stdout, stderr } = await run(dataDir, 'models', 'add', classifier, ...preprocessing);
    expect(code).toBe(1);
    expect(stdout).toContain('"layer": "t172"');
    expect(stderr).toContain('NOT_CONFIRMED');
    expect(await runJson(dataDir, 'models', 'list')).not.toContainEqual(
      expect.objectContaining({ bundled: false }),
    );
  });

  it('registers two at once, and loses neither', async () => {
    const add = (id: string) =>
      run(dataDir, 'models', 'add', classifier, ...preprocessing, '--id', id, '--yes');
    const added = await Promise.all([add('mobilenet-v2'), add('another')]);
    expect(added.map(({ code }) => code)).toEqual([0, 0]);
    const listed = await runJson(dataDir, 'models', 'list');
    const own = listed.filter(({ bundled }) => bundled === false).map(({ id }) => id as string);
    expect(own.sort()).toEqual(['another', 'mobilenet-v2']);
    await run(dataDir, 'models', 'remove', 'another');
    const files = (await readdir(join(dataDir, 'models'))).filter((name) => !name.startsWith('.'));
    expect(files.sort()).toEqual([
      'manifest.json',
      expect.stringMatching(/^mobilenet-v2-float32-\w{8}\.onnx$/),
    ]);
  });

  it.each([
    [['models'], 2],
    [['models', 'add'], 2],
    [['models', 'pull'], 2],
    [['models', 'add', classifier, '--layout', 'sideways'], 2],
    [['models', 'add', classifier, '--mean', 'many'], 2],
    [['models', 'pull', 'resnet'], 1],
    [['models', 'remove', 'resnet'], 1],
    [['models', 'add', '/nonexistent.onnx', '--yes'], 1],
    [['models', 'add', classifier, '--output', 'nowhere', '--yes'], 1],
    [['models', 'add', classifier, '--layout', 'NHWC', '--yes'], 1],
    [['models', 'add', '--help'], 0],
  ])('ends %j with exit code %i', async (args, expected) => {
    const { code, stderr } = await run(dataDir, ...args);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(expected);
  });

  it('finds alike clothing as well as it is known to', async () => {
    await withModel('import', 'directory', join(clothing!, 'gallery'), '--dataset', 'clothing');
    expect(await withModel('index', 'clothing')).toMatchObject({ state: 'SUCCEEDED', done: 800, failed: 0 });
    const evaluation = await withModel('evaluate', 'clothing', join(clothing!, 'queries'));
    expect(evaluation).toMatchObject({
      queries: 200,
      k: 10,
      model: { dimension: 1280, precision: 'float32' },
    });
    const { precisionAtK, meanAveragePrecisionAtK } = evaluation as Record<string, Measured>;
    expect(precisionAtK!.value).toBeGreaterThanOrEqual(0.635);
    expect(meanAveragePrecisionAtK!.value).toBeGreaterThanOrEqual(0.75);
  });

  it('is not removed while an index needs it', async () => {
    const refused = await run(dataDir, 'models', 'remove', 'mobilenet-v2', '--json');
    expect(JSON.parse(refused.stderr)).toMatchObject({
      error: { code: 'MODEL_IN_USE', datasets: ['clothing'] },
    });
    expect(refused.code).toBe(1);
    expect(await runJson(dataDir, 'models', 'list')).toContainEqual(
      expect.objectContaining({ id: 'mobilenet-v2', complete: true }),
    );
  });

  it('does not start with a file that is not the one registered', async () => {
    const models = join(dataDir, 'models');
    const file = (await readdir(models)).find((name) => name.endsWith('.onnx'));
    await writeFile(join(models, file!), 'something else');
    const { code, stderr } = await ended(start(dataDir, ['index', 'clothing', '--json'], MODEL));
    expect(code).toBe(1);
    expect(JSON.parse(stderr.trim().split('\n').at(-1) ?? '{}')).toMatchObject({
      error: { code: 'MODEL_FILE_DAMAGED' },
    });
    expect(await runJson(dataDir, 'models', 'list')).toContainEqual(
      expect.objectContaining({ id: 'mobilenet-v2', complete: false }),
    );
  });

  it('is removed all the same where that is meant', async () => {
    const removed = await run(dataDir, 'models', 'remove', 'mobilenet-v2', '--force');
    expect(removed).toMatchObject({ code: 0, stdout: 'removed mobilenet-v2 (onnx, float32)\n' });
    expect(await readdir(join(dataDir, 'models'))).not.toContainEqual(expect.stringMatching(/\.onnx$/));
  });
});
