import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { labelledPictures } from '../../src/cli/commands/evaluate/labelled-pictures.ts';
import { alteredCopies, type RgbPicture } from '../../src/common/index.ts';
import { ImagesService, type Image } from '../../src/datasets/index.ts';
import { JobRunner } from '../../src/jobs/index.ts';
import { EvaluationService, IndexesService, SimilarImagesService } from '../../src/search/index.ts';
import { sharedPath } from '../shared-data.ts';
import { startClothingApp, type ClothingApp } from './clothing-app.ts';

const clothing = sharedPath('data/clothing');
const MODELS = [
  { name: 'fast', plain: 'efficientnet-lite0:int8@128', least: 0.79 },
  { name: 'best', plain: 'efficientnet-lite0:int8+efficientnet-lite2:int8@128', least: 0.82 },
];
/** Pictures whose copies the build does not use: it uses those with the first digests. */
const UNSEEN = 200;

/** As a copy is published: as a JPEG. */
function fileOf(copy: Uint8Array | RgbPicture): Uint8Array | Promise<Uint8Array> {
  if (!('rgb' in copy)) return copy;
  const { width, height, rgb } = copy;
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

(clothing === undefined ? describe.skip : describe)('learning from the labels of clothing', () => {
  let app: ClothingApp['app'];
  let datasetId: number;
  let stop: ClothingApp['stop'];
  let copies: { readonly of: number; readonly bytes: Uint8Array }[];

  /** Builds the index of a model, and searches with the queries and with altered copies. */
  const measure = async (model: string) => {
    const job = await app.get(IndexesService).enqueueBuild({ datasetId, model });
    await app.get(JobRunner).waitFor(job.id);
    const queries = labelledPictures(join(clothing!, 'queries'));
    const evaluation = await app.get(EvaluationService).evaluate(datasetId, queries, 10);
    let found = 0;
    for (const { of, bytes } of copies) {
      const { hits } = await app
        .get(SimilarImagesService)
        .similarImages({ datasetIds: [datasetId], by: { bytes }, k: 1 });
      if (hits[0]!.image.id === of) found += 1;
    }
    return { ...evaluation, precision: evaluation.precisionAtK.value, recall: found / copies.length };
  };

  beforeAll(async () => {
    ({ app, datasetId, stop } = await startClothingApp(clothing!));
    const images: Image[] = [];
    for await (const image of app.get(ImagesService).all(datasetId)) images.push(image);
    copies = [];
    for (const { id, sha256 } of images.sort((a, b) => (a.sha256 < b.sha256 ? 1 : -1)).slice(0, UNSEEN)) {
      const bytes = await app.get(ImagesService).readBytes(sha256);
      const altered = await alteredCopies(bytes, { maxPixels: 1e7 });
      for (const copy of altered) copies.push({ of: id, bytes: await fileOf(copy) });
    }
  });
  afterAll(() => stop());

  it.each(MODELS)('finds at least 0.08 more under $name, and hardly fewer unseen copies', async (model) => {
    const plain = await measure(model.plain);
    const learnt = await measure(`${model.plain}:labels`);
    process.stderr.write(
      `${model.name}: P@10 ${plain.precision.toFixed(3)} → ${learnt.precision.toFixed(3)}, ` +
        `copies found first ${plain.recall.toFixed(3)} → ${learnt.recall.toFixed(3)} of ${copies.length}\n`,
    );
    expect(plain.learning).toBeNull();
    expect(learnt.learning!.reason).toBe('GAIN');
    expect(learnt.precision).toBeGreaterThanOrEqual(model.least);
    expect(learnt.precision - plain.precision).toBeGreaterThanOrEqual(0.08);
    expect(learnt.recall).toBeGreaterThanOrEqual(plain.recall - 0.01);
  });
});
