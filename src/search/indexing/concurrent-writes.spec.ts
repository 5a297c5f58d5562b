import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FAKE_MODEL, withFakeNetworks } from '../../../test/fakes/fake.embeddings.ts';
import { FakeFeatureExtractor } from '../../../test/fakes/fake.feature-extractor.ts';
import { MemoryVectorIndex } from '../../../test/fakes/memory.vector-index.ts';
import { blobsOf } from '../../../test/fixtures/pictures.ts';
import { AppModule } from '../../app.module.ts';
import { DatasetsService, ImagesService, type EditResult } from '../../datasets/index.ts';
import { Embedder, EmbeddingModels } from '../../embeddings/index.ts';
import { JobRunner, JobState } from '../../jobs/index.ts';
import { searchUnavailable } from '../search.errors.ts';
import { VectorIndex, type EntryFacts, type VectorEntry } from '../vector-index/vector-index.port.ts';
import { IndexRepository } from './index.repository.ts';
import { IndexesService } from './indexes.service.ts';

/** Holds back the next write until it is released. */
class HoldingIndex extends MemoryVectorIndex {
  private held: { readonly reached: () => void; readonly released: Promise<void> } | undefined;

  /** `reached` resolves when the next write has arrived. */
  holdNext(): { readonly reached: Promise<void>; readonly release: () => void } {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const reached = new Promise<void>((resolve) => (this.held = { reached: resolve, released }));
    return { reached, release };
  }

  override async upsert(name: string, entries: readonly VectorEntry[]): Promise<void> {
    if (entries.length > 0) await this.pass();
    await super.upsert(name, entries);
  }

  override async update(name: string, facts: readonly EntryFacts[]): Promise<void> {
    await this.pass();
    await super.update(name, facts);
  }

  private async pass(): Promise<void> {
    const { held } = this;
    this.held = undefined;
    held?.reached();
    await held?.released;
  }
}

let dataDir: string;
let apps: INestApplicationContext[];
let datasetId: number;

/** An app on the data folder, as each process has one. */
async function openApp(index?: VectorIndex): Promise<INestApplicationContext> {
  const builder = withFakeNetworks(
    Test.createTestingModule({
      imports: [AppModule.forRoot({ ...FAKE_MODEL, LOOKALIKE_DATA_DIR: dataDir })],
    }),
    { extractor: new FakeFeatureExtractor() },
  );
  if (index !== undefined) builder.overrideProvider(VectorIndex).useValue(index);
  const app = await (await builder.compile()).init();
  apps.push(app);
  return app;
}

async function openBuilt(index?: VectorIndex): Promise<INestApplicationContext> {
  const app = await openApp(index);
  app.get(JobRunner).start();
  datasetId = (await app.get(DatasetsService).findOrCreate('shop')).dataset.id;
  await put(app, 'a', 1);
  await build(app);
  return app;
}

async function build(app: INestApplicationContext): Promise<void> {
  const job = await app.get(IndexesService).enqueueBuild({ datasetId });
  expect(await app.get(JobRunner).waitFor(job.id)).toMatchObject({ state: JobState.SUCCEEDED });
}

async function put(app: INestApplicationContext, externalId: string, seed: number): Promise<EditResult> {
  const bytes = await blobsOf(seed);
  const [result] = await app.get(ImagesService).putImages(datasetId, [{ externalId, bytes }]);
  return result!;
}

/** The similarity between the stored vector of an image and that of its current picture. */
async function agreement(app: INestApplicationContext, externalId: string): Promise<number> {
  const images = app.get(ImagesService);
  const image = await images.findByExternalId(datasetId, externalId);
  const [index] = await app.get(IndexRepository).listByDataset(datasetId);
  const { id, sha256 } = image!;
  const model = await app.get(EmbeddingModels).modelOfIdentity(index!.model);
  const open = () => images.readBytes(sha256);
  const own = await app.get(Embedder).embedStored({ sha256, open }, { model });
  const stored = (await app.get(VectorIndex).vectors(index!.name, [id])).get(id)!;
  return own.reduce((sum, value, axis) => sum + value * stored[axis]!, 0);
}

const statusOf = (app: INestApplicationContext) => app.get(IndexesService).findStatus(datasetId);

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
  apps = [];
});

afterEach(async () => {
  for (const app of apps) {
    await app.get(JobRunner).stop();
    await app.close();
  }
  await rm(dataDir, { recursive: true, force: true });
});

describe('writes that arrive out of order', () => {
  it('leaves the newest picture in the index', async () => {
    const index = new HoldingIndex();
    const app = await openBuilt(index);
    const { reached, release } = index.holdNext();
    const older = put(app, 'a', 2);
    await reached;
    const newer = put(app, 'a', 3);
    await overtakes(newer);
    release();
    await Promise.all([older, newer]);
    expect(await agreement(app, 'a')).toBeCloseTo(1, 4);
    expect(await statusOf(app)).toMatchObject({ pending: 0, indexed: 1 });
  });

  it('leaves the newest picture in the index when a build has read an older one', async () => {
    const index = new HoldingIndex();
    const app = await openBuilt(index);
    index.failure = searchUnavailable('somewhere', 'down');
    await put(app, 'a', 2);
    index.failure = undefined;
    const { reached, release } = index.holdNext();
    const building = build(app);
    await reached;
    const newer = put(app, 'a', 3);
    await overtakes(newer);
    release();
    await Promise.all([building, newer]);
    expect(await agreement(app, 'a')).toBeCloseTo(1, 4);
    expect(await statusOf(app)).toMatchObject({ pending: 0, indexed: 1 });
  });

  it('counts only images that the index lacks as pending', async () => {
    const index = new HoldingIndex();
    const app = await openBuilt(index);
    index.failure = searchUnavailable('somewhere', 'down');
    await put(app, 'missed', 2);
    index.failure = undefined;
    for (const seed of [3, 4, 5]) await put(app, `image-${seed}`, seed);
    expect(await statusOf(app)).toMatchObject({ pending: 1, indexed: 4 });
    await put(app, 'image-3', 6);
    expect(await statusOf(app)).toMatchObject({ pending: 1, indexed: 4 });
    await put(app, 'missed', 2);
    const latest = await app.get(ImagesService).latestChange(datasetId);
    expect(await statusOf(app)).toMatchObject({ pending: 0, indexed: 5, checkpoint: latest });
  });
});

describe('the embedded index', () => {
  it('holds the current picture after simultaneous puts of one image', async () => {
    const app = await openBuilt();
    slowDownFirst(app);
    for (let round = 0; round < 25; round += 1) {
      await Promise.all([1, 2, 3, 4].map((seed) => put(app, 'a', round * 4 + seed + 1)));
      expect(await agreement(app, 'a')).toBeCloseTo(1, 4);
    }
    expect(await statusOf(app)).toMatchObject({ pending: 0, indexed: 1 });
  });

  it('holds the current picture after simultaneous puts from two apps on one data folder', async () => {
    const both = [await openBuilt(), await openApp()];
    slowDownFirst(...both);
    for (let round = 0; round < 10; round += 1) {
      const seeds = [1, 2, 3, 4].map((seed) => round * 4 + seed + 1);
      await Promise.all(seeds.map((seed) => put(both[seed % 2]!, 'a', seed)));
      expect(await agreement(both[0]!, 'a')).toBeCloseTo(1, 4);
    }
    expect(await statusOf(both[0]!)).toMatchObject({ pending: 0, indexed: 1 });
  });

  it('has nothing pending after clients have put and deleted images of their own', async () => {
    const app = await openBuilt();
    const images = app.get(ImagesService);
    const client = async (name: string, seed: number) => {
      for (let turn = 0; turn < 5; turn += 1) {
        const result = await put(app, `${name}-${turn}`, seed + turn);
        if (turn % 2 === 0 && 'image' in result) await images.deleteImages([result.image.id]);
      }
    };
    await Promise.all([10, 20, 30, 40].map((seed) => client(`client-${seed}`, seed)));
    expect(await statusOf(app)).toMatchObject({ pending: 0, indexed: await images.count(datasetId) });
  });
});

/** Gives a write the time to finish before one that is held back, in case nothing prevents it. */
async function overtakes(write: Promise<unknown>): Promise<void> {
  await Promise.race([write, sleep(500)]);
}

/** Makes each of four pictures take longer to embed than the ones that are read after it. */
function slowDownFirst(...slowed: readonly INestApplicationContext[]): void {
  let reads = 0;
  for (const app of slowed) {
    const images = app.get(ImagesService);
    const read = images.readBytes.bind(images);
    images.readBytes = async (sha256) => {
      const place = reads++ % 4;
      await sleep(10 * (4 - place));
      return read(sha256);
    };
  }
}
