import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import sharp from 'sharp';
import { isStorageFull } from '../../src/common/index.ts';
import { Database, migrate } from '../../src/database/index.ts';
import { EmbeddedVectorIndex } from '../../src/search/vector-index/embedded/embedded.vector-index.ts';
import { searchMigrations } from '../../src/search/migrations/index.ts';
import { clusteredVectors, seededRandom } from '../contracts/vectors.ts';
import { jpegOf } from '../fixtures/pictures.ts';
import { sharedPath } from '../shared-data.ts';
import { Service } from '../e2e/service.ts';
import { run, runJson } from './lookalike.ts';
import { SmallDisk } from './small-disk.ts';

const stamps = fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const pictures = sharedPath('data/clothing/gallery') ?? stamps;

const mountable = SmallDisk.mount(1);
mountable?.unmount();

const errorOf = ({ stderr }: { stderr: string }) =>
  (JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { error: { code: string } }).error.code;

(mountable === undefined ? describe.skip : describe)('a full disk', () => {
  let disk: SmallDisk;

  beforeEach(() => {
    const mounted = SmallDisk.mount(pictures === stamps ? 2 : 5);
    if (mounted === undefined) throw new Error('The disk could be mounted a moment ago');
    disk = mounted;
  });
  afterEach(() => disk.unmount());

  const command = (...args: string[]) => run(disk.path, ...args, '--json');
  const storedPictures = async () =>
    (await readdir(join(disk.path, 'images'), { recursive: true })).filter((name) =>
      /[0-9a-f]{64}$/.test(name),
    ).length;
  const jobs = () => runJson<{ state: string; error: { code: string } | null }>(disk.path, 'jobs');
  const importing = ['import', 'directory', pictures, '--dataset', 'clothes'];

  it('ends commands with STORAGE_FULL, and they resume once there is space', async () => {
    const total = (await readdir(pictures, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    ).length;
    const failed = await command(...importing);
    expect({ code: failed.code, error: errorOf(failed) }).toEqual({ code: 1, error: 'STORAGE_FULL' });
    expect(await jobs()).toMatchObject([{ state: 'FAILED', error: { code: 'STORAGE_FULL' } }]);
    // There is no picture without a row.
    const [before] = await runJson<{ images: number }>(disk.path, 'datasets');
    expect(await storedPictures()).toBeLessThanOrEqual(before?.images ?? 0);

    for (const args of [
      importing,
      ['index', 'clothes'],
      ['import', 'directory', stamps, '--dataset', 'more'],
    ]) {
      disk.fill();
      const refused = await command(...args);
      expect({ code: refused.code, error: errorOf(refused) }).toEqual({ code: 1, error: 'STORAGE_FULL' });
    }
    disk.free();
    expect((await jobs()).map(({ state }) => state)).not.toContain('RUNNING');

    disk.resize(300);
    expect((await command(...importing)).code).toBe(0);
    expect(await runJson(disk.path, 'datasets')).toMatchObject([{ name: 'clothes', images: total }]);
    expect(await storedPictures()).toBe(total);

    // Enough space for a build to begin, but not to complete.
    disk.resize(Math.ceil((300 * 1024 * 1024 - disk.freeBytes) / 1024 / 1024) + 1);
    const built = await command('index', 'clothes', '--model', 'efficientnet-lite0');
    expect({ code: built.code, error: errorOf(built) }).toEqual({ code: 1, error: 'STORAGE_FULL' });
    disk.resize(300);
    expect((await command('index', 'clothes', '--model', 'efficientnet-lite0')).code).toBe(0);
    expect(await runJson(disk.path, 'datasets')).toMatchObject([
      { index: { ready: true, indexed: total, pending: 0 } },
    ]);
  });

  it('keeps a server running, which answers reads and refuses writes until there is space', async () => {
    disk.resize(40);
    const log = jest.spyOn(Logger.prototype, 'error');
    const logged = () => log.mock.calls.map(String).filter((line) => !line.includes('STORAGE_FULL'));
    const service = await Service.start({ IMPORT_ROOTS: stamps }, disk.path);
    try {
      const input = { dataset: 'stamps', directoryPath: stamps };
      const start = `mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id datasetId } }`;
      const { importDataset } = await service.query<{ importDataset: { id: string; datasetId: string } }>(
        start,
        {
          input,
        },
      );
      expect((await service.job(importDataset.id)).state).toBe('SUCCEEDED');
      const { datasetId } = importDataset;
      const { images } = await service.query<{ images: { nodes: { id: string; thumbnailUrl: string }[] } }>(
        `query ($id: ID!) { images(dataset: $id, first: 50) { nodes { id thumbnailUrl } } }`,
        { id: datasetId },
      );
      const [picture, ...pictures] = images.nodes;

      disk.fill();
      type Started = { importDataset?: { id: string } } | null;
      const build = `mutation ($id: ID!) { buildIndex(input: { dataset: $id }) { id } }`;
      const add = `mutation ($id: ID!, $file: Upload!) {
        putImages(dataset: $id, images: [{ upload: $file, externalId: "added" }]) {
          results { __typename ... on EditedImage { image { id } } }
        }
      }`;
      const file = { name: 'a.jpg', bytes: await jpegOf(4711) };
      const refusals = [
        await service.graphql<Started>(add, { id: datasetId, file: null }, { 'variables.file': file }),
        // The write-ahead log can reuse its own space, so small writes may succeed until that is used up.
        ...(await Promise.all(
          Array.from({ length: 300 }, (_, n) =>
            service.graphql<Started>(start, { input: { ...input, dataset: `more-${n}` } }),
          ),
        )),
      ];
      const refused = refusals.filter(({ errors }) => errors !== undefined);
      const codes = refused.flatMap(({ errors }) => errors?.map(({ extensions }) => extensions.code) ?? []);
      const others = codes.filter((code) => code !== 'STORAGE_FULL');
      expect({ others, log: others.length > 0 ? logged() : [] }).toEqual({ others: [], log: [] });
      expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([507]));
      const annotations = { name: 'a.json', bytes: Buffer.alloc(100_000, ' '), type: 'application/json' };
      // The imports that were accepted give up their temporary files as they end, and that is room.
      const accepted = refusals.flatMap(({ data }) => data?.importDataset?.id ?? []);
      for (const id of accepted) await service.job(id);
      disk.fill();
      const uploaded = await service.graphql(
        start,
        { input: { dataset: 'uploaded', annotations: null } },
        { 'variables.input.annotations': annotations },
      );
      expect(uploaded.errors?.[0]?.extensions.code).toBe('STORAGE_FULL');
      expect(await readdir(join(disk.path, 'uploads', 'tmp')).catch(() => [])).toEqual([]);

      // Existing data is served, even if it can no longer be cached.
      const thumbnail = await fetch(new URL(picture?.thumbnailUrl ?? '', service.url));
      expect(thumbnail.status).toBe(200);
      expect((await thumbnail.arrayBuffer()).byteLength).toBeGreaterThan(100);
      const ids = pictures.map(({ id }) => id);
      const deleted = await service.graphql(
        `mutation ($images: [ImageRef!]!) { deleteImages(images: $images) { results { __typename } } }`,
        { images: ids.map((id) => ({ id })) },
      );
      expect(deleted.errors).toBeUndefined();
      expect((await service.query<{ job: unknown }>(`{ job(id: 1) { state } }`)).job).toEqual({
        state: 'SUCCEEDED',
      });

      disk.free();
      const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(build, { id: datasetId });
      expect(await service.job(buildIndex.id)).toMatchObject({ state: 'SUCCEEDED' });
      const { putImages } = await service.query<{ putImages: { results: { __typename: string }[] } }>(
        add,
        { id: datasetId, file: null },
        { 'variables.file': file },
      );
      expect(putImages.results).toMatchObject([{ __typename: 'EditedImage' }]);
    } finally {
      await service.stop();
    }
  });

  it('lets the service start and a dataset be deleted without a free byte', async () => {
    disk.resize(80);
    expect((await command(...importing)).code).toBe(0);
    expect((await command('index', 'clothes')).code).toBe(0);
    disk.fill();
    const service = await Service.start({}, disk.path);
    try {
      disk.fill();
      const { deleteDataset } = await service.query<{ deleteDataset: { id: string } }>(
        `mutation { deleteDataset(dataset: 1) { id } }`,
      );
      expect(await service.job(deleteDataset.id)).toMatchObject({ state: 'SUCCEEDED', error: null });
      expect(await storedPictures()).toBe(0);
      expect(disk.freeBytes).toBeGreaterThan(1024 * 1024);
    } finally {
      await service.stop();
    }
  });

  describe('filled again by something else before every call', () => {
    const answer = async (service: Service, document: string, variables: Record<string, unknown> = {}) => {
      disk.fill();
      return service.graphql<Record<string, { id: string }>>(document, variables);
    };
    const ending = async (service: Service, id: string) => {
      disk.fill();
      return service.job(id);
    };
    /** A picture of 120 KB. */
    const noise = (seed: number) => {
      const random = seededRandom(seed + 1);
      const pixels = Buffer.from(Array.from({ length: 200 * 200 * 3 }, () => random() * 256));
      return sharp(pixels, { raw: { width: 200, height: 200, channels: 3 } })
        .png()
        .toBuffer();
    };
    const imagesOf = (service: Service, first: number) =>
      service.query<{ images: { nodes: { id: string }[] } }>(
        `query ($first: Int!) { images(dataset: 1, first: $first) { nodes { id } } }`,
        { first },
      );
    const deletion = `mutation ($images: [ImageRef!]!) { deleteImages(images: $images) { results { __typename } } }`;

    // Other pictures than the stamps, too many for what is left.
    it.each([
      [30, true],
      [5, false],
    ])('deletes on a disk of %i MB, and after a restart too', async (megabytes, indexed) => {
      disk.resize(megabytes);
      expect((await command('import', 'directory', stamps, '--dataset', 'clothes')).code).toBe(0);
      if (indexed) expect((await command('index', 'clothes')).code).toBe(0);
      const others = await mkdtemp(join(tmpdir(), 'lookalike-pictures-'));
      for (let n = 0; n < 40; n += 1) await writeFile(join(others, `${n}.png`), await noise(n));
      if (disk.freeBytes > 1024 * 1024) {
        disk.fill();
        disk.leave(256);
      }
      const failed = await command('import', 'directory', others, '--dataset', 'clothes');
      expect(errorOf(failed)).toBe('STORAGE_FULL');
      await rm(others, { recursive: true });

      for (let start = 1; start <= 2; start += 1) {
        disk.fill();
        const service = await Service.start({ IMPORT_ROOTS: stamps }, disk.path);
        try {
          for (let round = 0; round < 10; round += 1) {
            const { images } = await imagesOf(service, 3);
            const refs = images.nodes.map(({ id }) => ({ id }));
            const deleted = await answer(service, deletion, { images: refs });
            const results = refs.map(() => ({ __typename: 'DeletedImage' }));
            expect(deleted).toMatchObject({ status: 200, data: { deleteImages: { results } } });
          }
        } finally {
          await service.stop();
        }
      }

      disk.fill();
      const service = await Service.start({}, disk.path);
      try {
        disk.fill();
        const deleted = await answer(service, `mutation { deleteDataset(dataset: 1) { id } }`);
        expect(deleted.errors).toBeUndefined();
        const job = await ending(service, deleted.data.deleteDataset!.id);
        expect(job).toMatchObject({ state: 'SUCCEEDED', error: null });
        expect(await storedPictures()).toBe(0);
      } finally {
        await service.stop();
      }
    });

    it('cancels a queued job', async () => {
      disk.resize(30);
      expect((await command('import', 'directory', stamps, '--dataset', 'clothes')).code).toBe(0);
      const service = await Service.start({ IMPORT_ROOTS: stamps, JOBS_CONCURRENCY: '1' }, disk.path);
      try {
        const queued: string[] = [];
        for (let n = 0; n < 12; n += 1) {
          const { importDataset } = await service.query<{ importDataset: { id: string } }>(
            `mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id } }`,
            { input: { dataset: `more-${n}`, directoryPath: stamps } },
          );
          queued.push(importDataset.id);
        }
        for (const id of queued.toReversed()) {
          const cancelled = await answer(service, `mutation ($id: ID!) { cancelJob(id: $id) { id } }`, {
            id,
          });
          const codes = cancelled.errors?.map(({ extensions }) => extensions.code) ?? [];
          expect(['', 'JOB_ENDED']).toContain(codes.join());
        }
        for (const id of queued)
          expect((await ending(service, id)).state).toMatch(/CANCELLED|SUCCEEDED|FAILED/);
      } finally {
        await service.stop();
      }
    });

    it('searches and embeds from the command line', async () => {
      disk.resize(30);
      expect((await command('import', 'directory', stamps, '--dataset', 'clothes')).code).toBe(0);
      expect((await command('index', 'clothes')).code).toBe(0);
      const database = new BetterSqlite3(join(disk.path, 'lookalike.db'));
      database.exec('delete from session_plans; delete from precision_choices');
      database.close();
      const [name = ''] = await readdir(join(stamps, 'images'));
      const picture = join(stamps, 'images', name);
      for (const args of [
        ['search', 'clothes', picture],
        ['embed', picture],
      ]) {
        disk.fill();
        const { code, stderr } = await command(...args);
        expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
      }
    });
  });

  it('builds a graph completely or not at all, and answers without it', async () => {
    disk.resize(300);
    const folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    const database = Database.open(folder);
    await migrate(database, searchMigrations);
    const warnings: string[] = [];
    const logger = { log: () => undefined, warn: (message: string) => void warnings.push(message) };
    const index = new EmbeddedVectorIndex(database, disk.path, logger, {
      graphFrom: 100,
      background: false,
    });
    try {
      const vectors = clusteredVectors(600, 64, 1, seededRandom(1));
      const entries = vectors.map((vector, at) => ({ id: at + 1, vector, labels: [], externalId: `${at}` }));
      await index.create({ name: 'small', dimension: 64, model: 'a-model' });
      await index.upsert('small', entries);
      await index.optimise('small');
      const graph = (await readdir(disk.path)).find((name) => name.endsWith('.usearch')) ?? '';
      const pages = Math.ceil((await stat(join(disk.path, graph))).size / 4_096);
      let refused = 0;
      // usearch does not notice that the last page is missing, so the files written after it must.
      for (let free = pages - 3; free <= pages + 3; free += 1) {
        await index.upsert('small', entries);
        disk.fill();
        disk.leave(free);
        const error: unknown = await index.optimise('small').then(
          () => undefined,
          (reason: unknown) => reason,
        );
        disk.free();
        if (error !== undefined) {
          refused += 1;
          expect(isStorageFull(error)).toBe(true);
        }
        const found = await index.search('small', { vector: entries[7]!.vector, k: 1 });
        expect(found.matches[0]?.id).toBe(8);
      }
      expect(refused).toBeGreaterThan(0);
      expect(warnings).toEqual([]);
      await index.upsert('small', entries);
      await index.optimise('small');
      const builds = (await readdir(disk.path)).filter((name) => name.endsWith('.usearch'));
      expect(builds).toHaveLength(1);
    } finally {
      await index.close();
      await database.close();
      await rm(folder, { recursive: true });
    }
  });

  it('registers a model completely or not at all', async () => {
    disk.resize(2);
    const model = fileURLToPath(new URL('../../models/', import.meta.url));
    const manifest = JSON.parse(await readFile(join(model, 'manifest.json'), 'utf8')) as {
      models: { id: string; precision: string; file: string }[];
    };
    const { file } = manifest.models.find(({ precision }) => precision === 'int8') ?? { file: '' };
    const add = ['models', 'add', join(model, file), '--id', 'again', '--yes'];
    const refused = await command(...add);
    expect({ code: refused.code, error: errorOf(refused) }).toEqual({ code: 1, error: 'STORAGE_FULL' });
    expect((await readdir(join(disk.path, 'models'))).filter((name) => !name.startsWith('.'))).toEqual([]);
    disk.resize(20);
    const added = await command(...add);
    expect({ code: added.code, stderr: added.stderr }).toEqual({ code: 0, stderr: '' });
  });
});
