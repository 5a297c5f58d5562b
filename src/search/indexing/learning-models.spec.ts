import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { fakeManifest } from '../../../test/fakes/fake.feature-extractor.ts';
import { labelledVectors, withShuffledLabels } from '../../../test/fixtures/labelled-vectors.ts';
import { SearchApp } from '../../../test/fixtures/search-app.ts';
import { EmbeddingModels, Projections, type LabelledVector } from '../../embeddings/index.ts';
import { ImagesService } from '../../datasets/index.ts';
import { JobRunner, JobState } from '../../jobs/index.ts';
import { FeedbackService } from '../feedback/feedback.service.ts';
import { Verdict } from '../feedback/feedback.ts';
import { nameLearningModels } from '../migrations/0020-learning-models.ts';
import { DatasetModels } from './dataset-models.ts';
import { IndexRemoval } from './index-removal.ts';
import { IndexesService } from './indexes.service.ts';

const IMAGES = 160;
/** Stands in for the network of `fast`, with more features than its projections have numbers. */
const FAST = { ...fakeManifest, id: 'efficientnet-lite0', dimension: 150 };
/** A picture shows its number in ternary, by the greys of as many sectors on either side of its vertical axis. */
const SECTORS = 5;
const GREYS = [0, 110, 255];
const [SIDE, NETWORK_SIDE] = [64, 32];

/** Altered copies show the same number: sectors about the centre survive all alterations. */
function numbered(number: number): Promise<Buffer> {
  const pixels = Buffer.alloc(SIDE * SIDE);
  for (let at = 0; at < pixels.length; at += 1) {
    const [x, y] = [(at % SIDE) - (SIDE - 1) / 2, Math.floor(at / SIDE) - (SIDE - 1) / 2];
    const sector = Math.min(SECTORS - 1, Math.floor((Math.atan2(Math.abs(x), -y) / Math.PI) * SECTORS));
    pixels[at] = GREYS[Math.floor(number / 3 ** sector) % 3]!;
  }
  return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .png()
    .toBuffer();
}

function numberIn(pixels: Uint8Array): number {
  let number = 0;
  for (let sector = 0; sector < SECTORS; sector += 1) {
    const angle = ((sector + 0.5) / SECTORS) * Math.PI;
    const x = Math.round(NETWORK_SIDE / 2 + (NETWORK_SIDE / 3) * Math.sin(angle));
    const y = Math.round(NETWORK_SIDE / 2 - (NETWORK_SIDE / 3) * Math.cos(angle));
    const grey = pixels[(y * NETWORK_SIDE + x) * 3]!;
    number += 3 ** sector * (grey < 60 ? 0 : grey < 190 ? 1 : 2);
  }
  return number;
}

/** Labels tell the features of the pictures apart, but not along the directions along which they differ most. */
const FEATURES = labelledVectors({
  count: IMAGES,
  dimension: fakeManifest.dimension,
  kinds: [3],
  between: 0.4,
  seed: 4,
});
const FAST_FEATURES = labelledVectors({
  count: IMAGES,
  dimension: FAST.dimension,
  kinds: [3],
  between: 0.2,
  seed: 4,
});

/** How models that learn from labels are built, on pictures whose features are known. */
describe('an index that learns from labels', () => {
  let app: SearchApp;
  let datasetId: number;
  let ids: number[];

  const useNetwork = (features: readonly LabelledVector[]) => {
    app.extractor.extractFeatures = async (pictures) =>
      pictures.map((pixels) => features[numberIn(pixels) % IMAGES]!.vector);
  };
  const label = (at: number) => FEATURES[at]!.labels[0]!;
  const otherLabel = (at: number) => FEATURES.find(({ labels }) => labels[0] !== label(at))!.labels[0]!;
  const build = async (model?: string) => {
    const job = await app.get(IndexesService).enqueueBuild({ datasetId, model });
    expect(await app.get(JobRunner).waitFor(job.id)).toMatchObject({ state: JobState.SUCCEEDED });
  };
  const current = async () => {
    const index = (await app.get(IndexesService).findStatus(datasetId))!;
    const { version, stats } = (await app.get(IndexesService).findProjection(index))!;
    return { ...index, version, learning: stats.learning };
  };
  const relabel = async (labelOf: (at: number) => string, count = IMAGES) => {
    const updates = ids.slice(0, count).map((imageId, at) => ({ imageId, labels: [labelOf(at)] }));
    await app.images.updateImages(updates);
  };

  beforeAll(async () => {
    app = await SearchApp.start({}, [FAST]);
    datasetId = await app.addDataset('numbers');
    const pictures = FEATURES.map(async ({ labels }, at) => ({
      externalId: `${at}`,
      bytes: await numbered(at),
      labels,
    }));
    ids = await app.add(await Promise.all(pictures), datasetId);
  });
  beforeEach(async () => {
    useNetwork(FEATURES);
    await relabel(label);
  });
  afterEach(async () => {
    for (const index of await app.get(IndexesService).listStatuses(datasetId)) {
      await app.get(IndexRemoval).remove(index);
    }
    await app.get(Projections).forgetProjections(datasetId);
  });
  afterAll(() => app.stop());

  it('gains a supervised projection and an index of its own', async () => {
    await build('fake@8');
    const plain = await current();
    expect(plain.learning).toBeUndefined();
    await build('fake@8:labels');
    const learnt = await current();
    expect(learnt.learning).toMatchObject({ reason: 'GAIN', labels: 3, images: IMAGES });
    expect(learnt.learning!.stretch).toBeGreaterThanOrEqual(1);
    expect(learnt.learning!.precision!.gain.low).toBeGreaterThan(0);
    expect(learnt.learning!.recall).toMatchObject({ recallBefore: 1, recallAfter: 1 });
    expect(learnt.model.model).toBe('fake@8:labels');
    expect(learnt.model.key).not.toBe(plain.model.key);
    expect(learnt.name).not.toBe(plain.name);
    // Nothing has changed, so nothing is fitted again. Without labels, the former fit still serves.
    await build();
    expect((await current()).learning!.decidedAt).toBe(learnt.learning!.decidedAt);
    await build('fake@8');
    expect(await current()).toMatchObject({ name: plain.name, version: 1, model: plain.model });
  });

  it('is fitted again when a notable share of the labels has changed, and not before', async () => {
    await build('fake@8:labels');
    const first = await current();
    await relabel(otherLabel, IMAGES / 10);
    await build();
    expect((await current()).learning!.decidedAt).toBe(first.learning!.decidedAt);
    await relabel(otherLabel, IMAGES / 10 + 1);
    await build();
    const second = await current();
    expect(second.learning!.reason).toBe('GAIN');
    expect(second.learning!.decidedAt).toBeGreaterThan(first.learning!.decidedAt);
    expect(second.model.key).not.toBe(first.model.key);
  });

  it('keeps the projection without labels, and its index, if labels say nothing', async () => {
    await build('fake@8');
    const plain = await current();
    const shuffled = withShuffledLabels(FEATURES, 2);
    await relabel((at) => shuffled[at]!.labels[0]!);
    await build('fake@8:labels');
    const learnt = await current();
    expect(learnt.learning).toMatchObject({ stretch: null, reason: 'NO_GAIN', recall: null });
    expect(learnt).toMatchObject({ name: plain.name, version: 1, model: { model: 'fake@8:labels' } });
    expect(learnt.model.key).toBe(plain.model.key);
    // Later builds still ask for labels.
    await relabel(label);
    await build();
    expect((await current()).learning).toMatchObject({ reason: 'GAIN' });
  });

  it('looks at feedback once there is enough of it, and again once there is twice as much', async () => {
    const judge = async (from: number, to: number) => {
      for (let at = from; at < to; at += 1) {
        const image = await app.get(ImagesService).get(ids[2 * at + 1]!);
        const query = { imageId: ids[2 * at]! };
        await app.get(FeedbackService).record({ query, image, verdict: Verdict.RELEVANT });
      }
    };
    await judge(0, 10);
    await build('fake@8:labels');
    const first = await current();
    expect(first.learning).toMatchObject({ reason: 'GAIN' });
    expect(first.learning!.feedback).toBeUndefined();
    await judge(10, 30);
    await build();
    expect((await current()).learning!.decidedAt).toBe(first.learning!.decidedAt);
    await judge(30, 52);
    await build();
    const second = await current();
    expect(second.learning!.feedback).toMatchObject({ pairs: 52 });
    expect(second.learning!.feedback!.rankBefore.value).toBeGreaterThan(0);
    await judge(52, 60);
    await build();
    expect((await current()).learning!.decidedAt).toBe(second.learning!.decidedAt);
  });

  it('tells held-out vectors and others apart', async () => {
    await build('fake@8:labels');
    const model = await app.get(EmbeddingModels).modelOfIdentity((await current()).model);
    const held: string[] = [];
    for await (const { heldOut, others } of app.get(DatasetModels).heldOutFolds(datasetId, model)) {
      expect(heldOut.length + others.length).toBe(IMAGES);
      held.push(...heldOut.map(({ sha256 }) => sha256));
      expect(heldOut[0]!.vector).toHaveLength(8);
      expect(FEATURES.map(({ labels }) => labels[0])).toContain(heldOut[0]!.labels[0]);
    }
    expect(new Set(held).size).toBe(IMAGES);
    expect(held).toHaveLength(IMAGES);
  });

  it('takes the place of an index of fast from before there were labels, with the next build', async () => {
    useNetwork(FAST_FEATURES);
    await relabel((at) => FAST_FEATURES[at]!.labels[0]!);
    await build('efficientnet-lite0@128');
    const before = await current();
    await nameLearningModels.up(app.database.tables<unknown>());
    await app.restart();
    await build();
    const after = await current();
    expect(after.learning).toMatchObject({ reason: 'GAIN' });
    expect(after.model.model).toBe('efficientnet-lite0@128:labels');
    expect(after.model.key).not.toBe(before.model.key);
    expect(after.name).not.toBe(before.name);
  });
});
