import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { labelledPictures } from '../../src/cli/commands/evaluate/labelled-pictures.ts';
import { seededRandom } from '../../src/common/index.ts';
import { ImagesService } from '../../src/datasets/index.ts';
import { JobRunner } from '../../src/jobs/index.ts';
import { EvaluationService, IndexesService, LabelErrors } from '../../src/search/index.ts';
import { sharedPath } from '../shared-data.ts';
import { startClothingApp, type ClothingApp } from './clothing-app.ts';

const clothing = sharedPath('data/clothing');
/** One label in 20 is exchanged. */
const EXCHANGED = 0.05;

(clothing === undefined ? describe.skip : describe)('photographs of clothing', () => {
  let app: ClothingApp['app'];
  let datasetId: number;
  let stop: ClothingApp['stop'];

  beforeAll(async () => {
    ({ app, datasetId, stop } = await startClothingApp(clothing!));
    const built = await app.get(IndexesService).enqueueBuild({ datasetId });
    await app.get(JobRunner).waitFor(built.id);
  });
  afterAll(() => stop());

  it('have hits whose confidence is the share that has the same label, for new pictures', async () => {
    const queries = labelledPictures(join(clothing!, 'queries'));
    const { reliability } = await app.get(EvaluationService).evaluate(datasetId, queries, 10);
    expect(reliability!.count).toBe(2_000);
    expect(reliability!.expectedCalibrationError).toBeLessThanOrEqual(0.05);
    process.stderr.write(`expected calibration error: ${reliability!.expectedCalibrationError.toFixed(4)}\n`);
  });

  it('show two thirds of exchanged labels among the first tenth of label errors', async () => {
    const images = app.get(ImagesService);
    const all = [];
    for await (const image of images.all(datasetId)) all.push(image);
    const labels = [...new Set(all.flatMap((image) => image.labels))].sort();
    const random = seededRandom(15);
    const wrong = new Set<number>();
    while (wrong.size < EXCHANGED * all.length) {
      const image = all[Math.floor(random() * all.length)]!;
      const others = labels.filter((label) => !image.labels.includes(label));
      if (wrong.has(image.id)) continue;
      wrong.add(image.id);
      await images.updateImages([
        { imageId: image.id, labels: [others[Math.floor(random() * others.length)]!] },
      ]);
    }
    const errors = await app.get(LabelErrors).find(datasetId);
    const first = errors.slice(0, all.length / 10);
    const found = first.filter(({ imageId }) => wrong.has(imageId)).length;
    process.stderr.write(`${found} of ${wrong.size} exchanged labels among the first ${first.length}\n`);
    expect(found).toBeGreaterThanOrEqual((2 / 3) * wrong.size);
  });
});
