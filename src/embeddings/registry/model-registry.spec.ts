import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  cutAfter,
  failing,
  FileServer,
  rangesOf,
  whole,
  type Answer,
} from '../../../test/fixtures/file-server.ts';
import { classifier, node, pooledThen, visionTower } from '../../../test/fixtures/small-networks.ts';
import { cosine, picture } from '../../../test/contracts/feature-extractor.contract.ts';
import { CROP, tinyFeatures, writeTinyModel } from '../../../test/fixtures/tfjs-models.ts';
import { modelRegistry } from '../../../test/fixtures/model-registry.ts';
import { loadConfig } from '../../config/index.ts';
import { Downloader, DownloadsConfig } from '../../downloads/index.ts';
import { TfjsFeatureExtractor } from '../networks/tfjs/tfjs.feature-extractor.ts';
import { ModelCatalogue } from '../catalogue/model-catalogue.ts';
import { readModelFile } from '../catalogue/model-files.ts';
import { KNOWN_MODELS, type KnownModel } from './known-models.ts';

const published = Buffer.from(classifier());
const other = Buffer.from(pooledThen([node('Flatten', ['pooled'], 'features')]));
const bad = Buffer.from(published).fill(7, 300, 320);
const { signal } = new AbortController();

const known = (...urls: string[]): KnownModel => ({
  ...{ id: 'small-net', revision: '12', precision: 'float32', file: 'small-12.onnx', dimension: 6 },
  bytes: published.length,
  sha256: createHash('sha256').update(published).digest('hex'),
  urls,
  preprocessing: {
    ...{ resize: 9, crop: 8, layout: 'NCHW' },
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
  },
  licence: 'Apache-2.0',
});

describe('ModelRegistry', () => {
  let home: string;
  let modelsDir: string;
  let servers: FileServer[];
  let downloader: Downloader;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'lookalike-'));
    modelsDir = join(home, 'models');
    servers = [];
  });
  afterEach(async () => {
    await downloader.close();
    await Promise.all(servers.map((server) => server.stop()));
    await rm(home, { recursive: true });
  });

  const registryOf = (...models: KnownModel[]) => {
    const ports = servers.map(({ port }) => port).join(',');
    const environment = { DOWNLOAD_ALLOW_LOOPBACK: 'true', DOWNLOAD_PORTS: ports };
    const config = loadConfig([DownloadsConfig], environment).get(DownloadsConfig) as DownloadsConfig;
    downloader = new Downloader(config, {
      clock: { now: () => performance.now(), sleep: async () => undefined, random: () => 0 },
    });
    return modelRegistry(modelsDir, downloader, models);
  };
  /** A registry of one model, published on servers that give these answers. */
  const serving = async (...answers: Answer[][]) => {
    for (const one of answers) servers.push(await FileServer.start(...one));
    return registryOf(known(...servers.map((server) => server.url())));
  };
  const partial = () => join(modelsDir, '.small-12.onnx.partial');
  const save = async (name: string, bytes: Uint8Array) => {
    await writeFile(join(home, name), bytes);
    return join(home, name);
  };

  describe('pull', () => {
    it('fetches, cuts and registers a published model, once', async () => {
      const registry = await serving([rangesOf(published)]);
      const { model, fresh } = await registry.pull('small-net', { signal });
      expect(fresh).toBe(true);
      expect(model).toMatchObject({
        ...{ id: 'small-net', revision: '12', output: 'embedding', layer: 'GlobalAveragePool_pooled' },
        ...{ dimension: 6, licence: 'Apache-2.0', source: servers[0]!.url() },
        preprocessing: known().preprocessing,
      });
      const catalogue = await ModelCatalogue.read(modelsDir);
      await readModelFile(modelsDir, catalogue.getVariant('small-net'));
      expect(await readdir(modelsDir)).not.toContain('.small-12.onnx.partial');

      expect(await registry.pull('small-net', { signal })).toEqual({ model, fresh: false });
      expect(servers[0]!.ranges).toHaveLength(1);
    });

    it('fetches a model again if its file is gone', async () => {
      const registry = await serving([rangesOf(published)]);
      const { model } = await registry.pull('small-net', { signal });
      await rm(join(modelsDir, model.file));
      expect(await registry.pull('small-net', { signal })).toEqual({ model, fresh: true });
      await readModelFile(modelsDir, model);
    });

    it('resumes after lost connections for as long as it makes progress', async () => {
      const cuts = Array.from({ length: 10 }, () => cutAfter(published, 120));
      const registry = await serving([...cuts, rangesOf(published)]);
      expect(await registry.pull('small-net', { signal })).toMatchObject({ fresh: true });
      expect(servers[0]!.ranges.at(-1)).toMatch(/^bytes=[1-9]\d*-$/);
    });

    it('keeps a partial download for a later attempt at another address', async () => {
      const first = await serving([cutAfter(published, 700), failing(503)], [failing(404)]);
      await expect(first.pull('small-net', { signal })).rejects.toMatchObject({ code: 'MODEL_NOT_FETCHED' });
      const kept = (await stat(partial())).size;
      expect(kept).toBeGreaterThan(0);
      const second = await serving([failing(404)], [failing(503)], [failing(404)], [rangesOf(published)]);
      expect(await second.pull('small-net', { signal })).toMatchObject({ fresh: true });
      expect(servers.at(-1)!.ranges).toEqual([`bytes=${kept}-`]);
    });

    it.each<[string, Answer]>([
      ['is down', failing(500)],
      ['does not have it', failing(404)],
      ['sends other bytes', whole(bad)],
      ['sends another file', whole(other)],
      ['sends more', whole(Buffer.concat([published, published]))],
      ['sends a web page', whole(Buffer.from('<!doctype html><html><body>Sign in</body></html>'))],
      ['sends less', whole(published.subarray(0, 900))],
    ])('turns to the mirror where the home %s', async (_what, answer) => {
      const registry = await serving([answer], [rangesOf(published)]);
      const told: string[] = [];
      const onAddress = (url: string, problem?: string) => {
        if (problem === undefined) told.push(url);
      };
      expect(await registry.pull('small-net', { signal, onAddress })).toMatchObject({ fresh: true });
      expect(told).toEqual(servers.map((server) => server.url()));
    });

    it('starts again if a partial download is corrupt', async () => {
      const registry = await serving([rangesOf(published)]);
      await registry.pull('small-net', { signal });
      await registry.remove('small-net');
      await writeFile(partial(), bad.subarray(0, 500));
      expect(await registry.pull('small-net', { signal })).toMatchObject({ fresh: true });
      expect(servers[0]!.ranges.slice(1)).toEqual(['bytes=500-', undefined]);
    });

    it('explains how to copy the file by hand if no address answers', async () => {
      const registry = await serving([failing(404)], [whole(bad)]);
      const { bytes, sha256, file } = known();
      const home = servers[0]!.url();
      const pulling = registry.pull('small-net', { signal });
      await expect(pulling).rejects.toMatchObject({
        code: 'MODEL_NOT_FETCHED',
        details: { model: 'small-net', file, bytes, sha256, urls: servers.map((server) => server.url()) },
      });
      await expect(pulling).rejects.toThrow(
        `Download ${home} (${bytes} bytes, SHA-256 ${sha256}) on another machine, copy it here, and run ` +
          `lookalike models pull small-net --from ${file}`,
      );
      expect((await ModelCatalogue.read(modelsDir)).findVariants('small-net')).toEqual([]);
    });

    it('only contacts the given mirror', async () => {
      await serving([failing(404)], [rangesOf(published)]);
      const registry = registryOf(known(servers[0]!.url()));
      expect(await registry.pull('small-net', { signal, mirror: servers[1]!.url() })).toMatchObject({
        fresh: true,
      });
      expect(servers[0]!.ranges).toEqual([]);
    });

    it('accepts the right file copied by hand, and no other', async () => {
      const registry = registryOf(known('http://127.0.0.1:9/nowhere'));
      await expect(
        registry.pull('small-net', { signal, from: await save('x.onnx', other) }),
      ).rejects.toMatchObject({ code: 'MODEL_WRONG_FILE', details: { bytes: other.length } });
      await expect(registry.pull('small-net', { signal, from: join(home, 'none') })).rejects.toMatchObject({
        code: 'FILE_NOT_FOUND',
      });
      const from = await save('y.onnx', published);
      expect(await registry.pull('small-net', { signal, from })).toMatchObject({ fresh: true });
    });

    it('fetches a model only once for simultaneous calls', async () => {
      const registry = await serving([rangesOf(published)]);
      const pulled = await Promise.all([1, 2].map(() => registry.pull('small-net', { signal })));
      expect(pulled.map(({ fresh }) => fresh).sort()).toEqual([false, true]);
      expect(servers[0]!.ranges).toHaveLength(1);
    });

    it('stops when it is aborted', async () => {
      const stop = new AbortController();
      const registry = await serving([
        (response) => {
          response.writeHead(200, { 'content-length': published.length });
          response.write(published.subarray(0, 100), () => stop.abort(new Error('stopped')));
        },
      ]);
      await expect(registry.pull('small-net', { signal: stop.signal })).rejects.toThrow('stopped');
    });

    it('lists the models that can be pulled', async () => {
      const registry = registryOf(...KNOWN_MODELS);
      await expect(registry.pull('resnet', { signal })).rejects.toMatchObject({
        code: 'MODEL_UNKNOWN',
        details: { known: ['mobilenet-v2'], near: [] },
      });
      await expect(registry.pull('mobilenet', { signal })).rejects.toThrow('Did you mean "mobilenet-v2"?');
    });
  });

  describe('propose and register', () => {
    it('registers any file under the name of the file', async () => {
      const registry = registryOf();
      const path = await save('DINO_v2 small.onnx', visionTower({ pooled: true }));
      const proposal = await registry.propose(path, { size: 8, layout: 'NCHW' });
      expect((await registry.list()).filter(({ bundled }) => !bundled)).toEqual([]);
      const model = await registry.register(proposal);
      expect(model).toMatchObject({
        ...{ id: 'dino-v2-small', revision: '1', precision: 'float32', dimension: 6, licence: 'NOASSERTION' },
        source: expect.stringMatching(/^DINO_v2 small\.onnx \(sha256 [0-9a-f]{64}\)$/),
      });
      expect((await registry.list()).filter(({ bundled }) => !bundled)).toEqual([
        { model, bundled: false, complete: true },
      ]);
      expect(await registry.register(await registry.propose(path, { size: 8, layout: 'NCHW' }))).toEqual(
        model,
      );
    });

    it.each(['tfjs-graph', 'tfjs-layers'] as const)(
      'registers a %s by its model.json or its folder',
      async (format) => {
        const registry = registryOf();
        await writeTinyModel(home, 'Tiny_net', format);
        const options = { mean: [127.5], std: [127.5], resize: 32 };
        const proposal = await registry.propose(join(home, 'Tiny_net/model.json'), options);
        const model = await registry.register(proposal);
        expect(model).toMatchObject({
          ...{ id: 'tiny-net', format, output: 'features', layer: 'features', dimension: 8 },
          source: expect.stringMatching(/^Tiny_net\/model\.json \(sha256 [0-9a-f]{64}\)$/),
        });
        expect(await registry.register(await registry.propose(join(home, 'Tiny_net'), options))).toEqual(
          model,
        );
        expect((await registry.list()).filter(({ bundled }) => !bundled)).toEqual([
          { model, bundled: false, complete: true },
        ]);

        const found = (await ModelCatalogue.read(modelsDir)).getVariant('tiny-net');
        const plan = { sessions: 1, threads: 1, batch: 2 };
        const extractor = new TfjsFeatureExtractor({ manifest: found, modelsDir, plan, backend: 'wasm' });
        try {
          const [features] = await extractor.extractFeatures([picture(CROP, 1)]);
          expect(cosine(features!, tinyFeatures(picture(CROP, 1)))).toBeGreaterThan(0.9999);
        } finally {
          await extractor.close();
        }
      },
    );

    it('names a missing shard', async () => {
      const registry = registryOf();
      await writeTinyModel(home, 'tiny', 'tfjs-graph');
      await rm(join(home, 'tiny/shard2of2.bin'));
      await expect(registry.propose(join(home, 'tiny'), {})).rejects.toMatchObject({
        code: 'FILE_NOT_FOUND',
        details: { file: join(home, 'tiny/shard2of2.bin') },
      });
      await expect(registry.propose(home, {})).rejects.toMatchObject({
        code: 'FILE_NOT_FOUND',
        details: { file: join(home, 'model.json') },
      });
    });

    it('does not replace bundled models', async () => {
      const registry = registryOf();
      const path = await save('x.onnx', published);
      const id = 'efficientnet-lite0';
      await expect(registry.propose(path, { id, precision: 'int8' })).rejects.toMatchObject({
        code: 'MODEL_EXISTS',
      });
    });

    it('refuses an invalid name and a missing file', async () => {
      const registry = registryOf();
      const path = await save('x.onnx', published);
      await expect(registry.propose(path, { id: 'Not A Name' })).rejects.toMatchObject({
        code: 'MODEL_ID_INVALID',
      });
      await expect(registry.propose(join(home, 'none.onnx'), {})).rejects.toMatchObject({
        code: 'FILE_NOT_FOUND',
      });
    });

    it('fetches nothing if a different model has the name', async () => {
      const registry = await serving([rangesOf(published)]);
      const path = await save('x.onnx', other);
      await registry.register(await registry.propose(path, { id: 'small-net' }));
      await expect(registry.pull('small-net', { signal })).rejects.toMatchObject({ code: 'MODEL_EXISTS' });
      expect(servers[0]!.ranges).toEqual([]);
    });
  });
});
