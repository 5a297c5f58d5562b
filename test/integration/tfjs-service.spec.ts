import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sharedPath } from '../shared-data.ts';
import { ended, run, start } from './lookalike.ts';

const folder = sharedPath('models/mobilenet_v2/tfjs');
const samples = fileURLToPath(new URL('../../samples/stamps/', import.meta.url));
const SETTINGS = { EMBEDDING_RUNTIME: 'tfjs', TFJS_BACKEND: 'wasm', EMBEDDING_MODEL: 'mobilenet-v2' };
const preprocessing = ['--size', '224', '--resize', '256', '--mean', '127.5', '--std', '127.5'];

interface Hit {
  readonly externalId: string;
  readonly score: number;
}

(folder === undefined ? describe.skip : describe)('The service on TensorFlow.js', () => {
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  /** The lines that a command prints with `--json`. */
  const lines = async <Line>(args: readonly string[], settings: Record<string, string> = SETTINGS) => {
    const { code, stdout, stderr } = await ended(start(dataDir, [...args, '--json'], settings));
    if (code !== 0) throw new Error(`lookalike ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  };
  const add = (file: string) =>
    run(dataDir, 'models', 'add', file, ...preprocessing, '--id', 'mobilenet-v2', '--yes', '--json');

  it('registers both formats of a network beside its ONNX file', async () => {
    const added = [];
    for (const file of ['graph/model.json', 'layers-f16', '../classifier.onnx']) {
      const { code, stdout } = await add(join(folder!, file));
      expect(code).toBe(0);
      added.push(JSON.parse(stdout));
    }
    expect(added).toMatchObject([
      { format: 'tfjs-graph', input: 'input', output: 'Identity', dimension: 1280 },
      { format: 'tfjs-layers', input: 'input', output: 'embedding', dimension: 1280 },
      { format: 'onnx', dimension: 1280 },
    ]);
    expect((await readdir(join(dataDir, 'models'))).filter((name) => !name.startsWith('.')).sort()).toEqual([
      'manifest.json',
      expect.stringMatching(/^mobilenet-v2-float32-\w{8}\.onnx$/),
      expect.stringMatching(/^mobilenet-v2-tfjs-graph-float32-\w{8}$/),
      expect.stringMatching(/^mobilenet-v2-tfjs-layers-float32-\w{8}$/),
    ]);
  });

  it('imports, indexes, searches and evaluates', async () => {
    await lines(['import', 'imaterialist', join(samples, 'annotations.json'), '--dataset', 'stamps']);
    const indexed = await lines<object>(['index', 'stamps']);
    expect(indexed.at(-1)).toMatchObject({ state: 'SUCCEEDED', done: 100, failed: 0 });
    expect(await lines(['datasets'])).toMatchObject([
      { index: { model: expect.stringMatching(/^mobilenet-v2-tfjs-graph-float32-/), indexed: 100 } },
    ]);
    const [evaluation] = await lines<{ precisionAtK: { value: number } }>([
      'evaluate',
      'stamps',
      '--leave-one-out',
    ]);
    expect(evaluation).toMatchObject({ queries: 100, model: { dimension: 1280 } });
    expect(evaluation!.precisionAtK.value).toBeGreaterThan(0.3);
  });

  it('finds what ONNX Runtime finds', async () => {
    const [file] = (await readdir(join(samples, 'queries'))).sort();
    const search = ['search', 'stamps', join(samples, 'queries', file!), '-k', '10'];
    const found = await lines<Hit>(search);
    const onnx = { EMBEDDING_MODEL: 'mobilenet-v2' };
    await lines(['index', 'stamps', '--model', 'mobilenet-v2'], onnx);
    expect(await lines(['datasets'], onnx)).toMatchObject([
      { index: { model: expect.stringMatching(/^mobilenet-v2-float32-/) } },
    ]);
    const expected = new Map((await lines<Hit>(search, onnx)).map((hit) => [hit.externalId, hit.score]));
    expect(found).toHaveLength(10);
    for (const { externalId, score } of found) expect(expected.get(externalId)).toBeCloseTo(score, 2);
  });

  it('says at the start what it runs on', async () => {
    const server = start(dataDir, ['serve', '--port', '0'], SETTINGS);
    const closed = once(server, 'close');
    let output = '';
    const told = new Promise<void>((resolve) => {
      server.stdout?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('/graphql')) resolve();
      });
    });
    await Promise.race([told, closed]);
    server.kill('SIGTERM');
    await closed;
    expect(output).toMatch(/TensorFlow\.js runs on WebAssembly/);
    expect(output.indexOf('TensorFlow.js runs on')).toBeLessThan(output.indexOf('/graphql'));
  });
});
