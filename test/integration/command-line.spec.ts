import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { ended, run, runJson, start } from './lookalike.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const query = join(samples, 'images', 'fruit-kiwi.jpg');

describe('the command line', () => {
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  it('imports, indexes, searches and evaluates', async () => {
    const imported = await runJson(
      dataDir,
      ...['import', 'imaterialist', join(samples, 'annotations.json')],
      ...['--dataset', 'stamps', '--label', '1', '--label', '4'],
    );
    expect(imported.at(-1)).toMatchObject({ event: 'job', state: 'SUCCEEDED', failed: 0 });
    const images = imported.at(-1)?.done as number;
    expect(images).toBeGreaterThan(5);

    const indexed = await runJson(dataDir, 'index', 'stamps');
    expect(indexed.at(-1)).toMatchObject({ event: 'job', state: 'SUCCEEDED', done: images, failed: 0 });

    const hits = await runJson(dataDir, 'search', 'stamps', query, '-k', '3');
    expect(hits).toHaveLength(3);
    expect(Object.keys(hits[0] ?? {})).toEqual([
      ...['query', 'rank', 'score', 'confidence', 'relation', 'imageId', 'externalId'],
      ...['fileName', 'labels', 'attributes', 'path'],
    ]);
    expect(hits[0]).toMatchObject({
      ...{ query, rank: 1, externalId: '6', fileName: 'fruit-kiwi.jpg', labels: ['1'] },
    });
    expect(hits[0]?.score).toBeCloseTo(1, 4);

    const best = await runJson(dataDir, 'explain', 'stamps', query);
    expect(best).toEqual([
      {
        ...{ query, hit: { imageId: hits[0]?.imageId, externalId: '6' }, score: expect.closeTo(1, 4) },
        model: expect.stringMatching(/^efficientnet-lite0-int8-128-|^efficientnet-lite0-float32-128-/),
        queryGrid: { rows: 7, columns: 7, values: expect.any(Array), region: expect.any(Object) },
        hitGrid: { rows: 7, columns: 7, values: expect.any(Array), region: expect.any(Object) },
      },
    ]);
    const webp = join(dataDir, 'why.webp');
    const second = String(hits[1]?.externalId);
    const why = await run(dataDir, 'explain', 'stamps', '--image', '6', '--hit', second, '--webp', webp);
    expect(why.stdout).toContain(`score ${(hits[1]?.score as number).toFixed(4)}`);
    expect(why.stdout).toContain(`hit ${second}\n`);
    expect(await sharp(await readFile(webp)).metadata()).toMatchObject({
      format: 'webp',
      width: expect.any(Number),
    });

    const birds = await runJson(dataDir, 'search', 'stamps', query, '--label', '4', '-k', '2');
    expect(birds.map(({ labels }) => labels)).toEqual([['4'], ['4']]);

    const [evaluation] = await runJson(dataDir, 'evaluate', 'stamps', '--leave-one-out', '-k', '5');
    const interval = { value: expect.any(Number), low: expect.any(Number), high: expect.any(Number) };
    expect(evaluation).toEqual({
      queries: images,
      k: 5,
      precisionAt1: interval,
      precisionAtK: interval,
      meanAveragePrecisionAtK: interval,
      recallAtK: 1,
      latencyMs: { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) },
      model: expect.objectContaining({ id: 'efficientnet-lite0@128:labels', dimension: 128 }),
      learning: expect.objectContaining({ labels: 2, images }),
      reliability: null,
    });

    const [dataset] = await runJson(dataDir, 'datasets');
    expect(dataset).toMatchObject({
      name: 'stamps',
      images,
      labels: 2,
      index: { indexed: images, pending: 0 },
    });
    expect(dataset?.attributes).toEqual([]);
    const shown = async (command: string) => (await run(dataDir, command)).stdout.split('\n');
    expect((await shown('datasets'))[0]).toMatch(/^dataset +images +labels +indexed +index +attributes$/);
    expect((await shown('datasets'))[1]).toMatch(
      new RegExp(`^stamps +${images} +2 +${images} +efficientnet`),
    );
    expect((await shown('jobs'))[0]).toMatch(/^job +kind +state +done +failed +created +error$/);

    const jobs = await runJson(dataDir, 'jobs');
    expect(jobs.map(({ kind, state }) => [kind, state])).toEqual([
      ['BUILD_INDEX', 'SUCCEEDED'],
      ['IMPORT_DATASET', 'SUCCEEDED'],
    ]);
  });

  it('prints the vector of a picture as JSON or with one number per line', async () => {
    const [embedding] = await runJson<{ model: string; dimension: number; vector: number[] }>(
      dataDir,
      ...['embed', query],
    );
    const { vector, ...about } = embedding!;
    expect(about).toEqual({ model: expect.stringMatching(/^efficientnet-lite0-/), dimension: 1280 });
    expect(vector).toHaveLength(1280);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 6);

    const { stdout } = await run(dataDir, 'embed', query);
    expect(stdout.trimEnd().split('\n').map(Number)).toEqual(vector);
  });

  it('imports a folder despite broken files, and fails only if every file is broken', async () => {
    const folder = join(dataDir, 'photos');
    await mkdir(join(folder, 'broken'), { recursive: true });
    await writeFile(join(folder, 'broken', 'text.jpg'), 'this is no picture');
    await writeFile(join(folder, 'broken', 'empty.jpg'), '');
    const importFolder = () => run(dataDir, 'import', 'directory', folder, '--dataset', 'photos');

    const allBroken = await importFolder();
    expect(allBroken.code).toBe(1);
    expect(allBroken.stdout).toContain('0 done, 2 failed');
    expect(allBroken.stderr).toContain('error IMPORT_ALL_FAILED');

    await copyFile(query, join(folder, 'broken', 'kiwi.jpg'));
    const { code, stdout, stderr } = await importFolder();
    expect(code).toBe(0);
    expect(stdout).toContain('1 done, 2 failed');
    expect(stderr).toContain('broken/text.jpg: UNSUPPORTED_MEDIA_TYPE');
    expect(stderr).toContain('broken/empty.jpg: EMPTY_FILE');
  });

  it.each([
    [['no-such-command'], 2],
    [['import'], 2],
    [['import', 'directory'], 2],
    [['import', 'directory', '/tmp', '--dataset', 'x', '--limit', 'many'], 2],
    [['search', 'stamps', query, '-k', '0'], 2],
    [['search', 'stamps', query, '-k', '1000000'], 2],
    [['evaluate', 'stamps'], 2],
    [['serve', '--port', 'http'], 2],
    [['--help'], 0],
    [['import', 'directory', '--help'], 0],
    [['--version'], 0],
    [['search', 'nowhere', query], 1],
    [['search', 'stamps', join(samples, 'missing.jpg')], 1],
    [['search', 'stamps', join(samples, 'LICENSE.md')], 1],
    [['search', 'stamps', query, '--label', 'dragon'], 1],
    [['import', 'directory', '/nonexistent', '--dataset', 'x'], 1],
    [['import', 'directory', samples, '--dataset', 'Not A Name'], 1],
    [['index', 'nowhere'], 1],
    [['embed'], 2],
    [['embed', join(samples, 'missing.jpg')], 1],
    [['embed', join(samples, 'LICENSE.md')], 1],
    [['embed', query, '--dataset', 'nowhere'], 1],
  ])('ends %j with exit code %i', async (args, expected) => {
    const { code, stderr } = await run(dataDir, ...args);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(expected);
  });

  it.each([
    ['embed', []],
    ['search', ['stamps']],
    ['models add', []],
  ])('%s refuses a named pipe instead of waiting for a writer', async (command, args) => {
    const pipe = join(dataDir, `${command.replace(' ', '-')}.jpg`);
    execFileSync('mkfifo', [pipe]);
    const { code, stderr } = await run(dataDir, ...command.split(' '), ...args, pipe);
    expect(stderr).toBe(
      `error FILE_UNREADABLE: ${pipe} is not a file. Name a regular file, not a folder, pipe or device.\n`,
    );
    expect(code).toBe(1);
  });

  it('reports an error as one JSON object with --json', async () => {
    const { code, stderr } = await run(dataDir, 'search', 'nowhere', query, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'DATASET_NOT_FOUND',
        name: 'nowhere',
        near: [],
        message: expect.stringContaining('nowhere'),
      },
    });
  });

  it('locates errors in malformed annotations, and leaves nothing behind', async () => {
    const annotations = join(dataDir, 'broken.json');
    await writeFile(
      annotations,
      '{\n  "images": [\n    { "image_id": 1, "url": ["a.jpg"] },\n    { oops }\n  ]\n}\n',
    );
    const { code, stderr } = await run(
      dataDir,
      'import',
      'imaterialist',
      annotations,
      '--dataset',
      'malformed',
    );
    expect(code).toBe(1);
    expect(stderr).toContain('ANNOTATIONS_INVALID');
    expect(stderr).toMatch(/line 4/);
    const datasets = await runJson(dataDir, 'datasets');
    expect(datasets.find(({ name }) => name === 'malformed')?.images ?? 0).toBe(0);
  });

  it('reports the downloads of an import and of a retry that failed altogether', async () => {
    const annotations = join(dataDir, 'blocked.json');
    const image = { image_id: 1, url: ['http://127.0.0.1:80/a.jpg'] };
    await writeFile(annotations, JSON.stringify({ images: [image], annotations: [] }));
    const report = /^ +1 {2}URL_BLOCKED +127\.0\.0\.1$/m;

    const imported = await run(dataDir, 'import', 'imaterialist', annotations, '--dataset', 'dead');
    expect(imported.code).toBe(1);
    expect(imported.stdout).toMatch(report);
    const retried = await run(dataDir, 'import', '--retry-failed', 'dead');
    expect(retried.code).toBe(1);
    expect(retried.stdout).toMatch(report);

    const mistyped = await run(dataDir, 'import', '--retry-failed', 'dead', '--reason', 'NOSUCH');
    expect(mistyped.code).toBe(1);
    expect(mistyped.stderr).toMatch(/^error DOWNLOAD_REASON_UNKNOWN: .*URL_BLOCKED\.\n$/);
  });

  it('serves, shuts down on SIGTERM with exit code 0, and reports a port that is in use', async () => {
    const first = start(dataDir, ['serve', '--port', '0']);
    let printed = '';
    const url = await new Promise<string>((resolve) => {
      first.stdout?.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(printed);
        if (found !== null) resolve(found[0]);
      });
    });
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect(printed.trimEnd().split('\n')).toEqual([
      expect.stringContaining(`Open ${url} in a browser, or send GraphQL requests to ${url}/graphql.`),
    ]);

    const second = await ended(start(dataDir, ['serve', '--port', new URL(url).port]));
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/^error PORT_IN_USE: .*\n$/);
    expect(second.stdout).toBe('');

    const stopped = ended(first);
    first.kill('SIGTERM');
    expect((await stopped).code).toBe(0);
  });
});
