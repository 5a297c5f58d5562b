import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../common/index.ts';
import sharp from 'sharp';
import { plainPicture, SearchApp, type PictureToAdd } from '../../../test/fixtures/search-app.ts';
import { EvaluationService } from '../evaluation/evaluation.service.ts';
import { IndexRepository } from '../indexing/index.repository.ts';
import { CalibrationPairs } from './calibration-pairs.ts';

const COUNT = 90;

const ALIKE = 6;

/** Pictures of 15 kinds, six of each; every so many have the label of another kind. */
async function pictures(prefix: string, wrongEvery: number): Promise<PictureToAdd[]> {
  const random = seededRandom(7);
  const kinds = Array.from({ length: COUNT / ALIKE }, () => colours(random));
  return Promise.all(
    Array.from({ length: COUNT }, async (_picture, at) => {
      const kind = Math.floor(at / ALIKE);
      const wrong = at % wrongEvery === 0 ? 1 : 0;
      return {
        externalId: `${prefix}-${at}`,
        bytes: await gridPicture(colours(random).map((level, n) => 0.8 * kinds[kind]![n]! + 0.2 * level)),
        labels: [`kind ${(kind + wrong) % kinds.length}`],
        attributes: { product: `p${at % 30}` },
      };
    }),
  );
}

/** The colours of 4 × 4 cells. */
function colours(random: () => number): number[] {
  return Array.from({ length: 48 }, () => 255 * random());
}

function gridPicture(levels: readonly number[]): Promise<Buffer> {
  return sharp(Uint8Array.from(levels), { raw: { width: 4, height: 4, channels: 3 } })
    .resize(32, 32, { kernel: 'nearest' })
    .png()
    .toBuffer();
}

describe('the confidence of hits', () => {
  let app: SearchApp;
  let other: number;
  let by: { bytes: Buffer };

  beforeAll(async () => {
    app = await SearchApp.start();
    other = await app.addDataset('others');
    await app.add(await pictures('a', 10));
    await app.add(await pictures('b', 2), other);
    await app.build();
    await app.build({ datasetId: other });
    by = { bytes: (await pictures('a', 10))[20]!.bytes as Buffer };
  });
  afterAll(() => app.stop());

  const search = (more: object = {}) =>
    app.search.similarImages({ by, k: 2 * COUNT, datasetIds: [app.datasetId], ...more });
  const indexOf = (datasetId: number) => app.get(IndexRepository).listReady([datasetId])[0]!;

  it('never rises down the ranking, and is kept with the index', async () => {
    const { hits } = await search();
    expect(hits).toHaveLength(COUNT);
    const confidences = hits.map(({ confidence }) => confidence!);
    expect(confidences).toEqual(confidences.toSorted((a, b) => b - a));
    expect(confidences[0]).toBeGreaterThan(confidences.at(-1)! + 0.2);
    expect(indexOf(app.datasetId).calibration).toMatchObject({ queries: COUNT, pairs: 10 * COUNT });
  });

  it('is the filter of minConfidence, on every page', async () => {
    const all = (await search()).hits;
    for (const minConfidence of [0, 0.5, 0.8]) {
      const wanted = all
        .filter(({ confidence }) => confidence! >= minConfidence)
        .map(({ image }) => image.id);
      const query = { by, datasetIds: [app.datasetId], minConfidence };
      const paged = (await app.pages(query, 7)).flatMap(({ hits }) => hits.map(({ image }) => image.id));
      expect(paged).toEqual(wanted);
    }
    expect((await search({ minConfidence: 1 })).hits).toEqual([]);
  });

  it('is the filter of groups and their views, of distinct hits and of facets', async () => {
    const minConfidence = 0.6;
    const options = { minConfidence, facets: [{ labels: true as const, first: 20 }] };
    const grouped = await search({ ...options, groupBy: { attribute: 'product', views: 3 } });
    const distinct = await search({ ...options, collapseDuplicates: true });
    const shown = [...grouped.hits, ...grouped.hits.flatMap(({ views }) => views), ...distinct.hits];
    for (const { confidence } of shown) expect(confidence).toBeGreaterThanOrEqual(minConfidence);
    const found = (await search({ minConfidence })).hits.length;
    expect(grouped.hits.reduce((sum, { views }) => sum + 1 + views.length, 0)).toBe(found);
    const counted = distinct.facets[0]!.values.reduce((sum, { hitCount }) => sum + hitCount, 0);
    expect(counted).toBe(distinct.hits.length);
  });

  it('takes the stricter of minScore and minConfidence', async () => {
    const strict = (await search({ minConfidence: 0.8 })).hits;
    expect((await search({ minConfidence: 0.8, minScore: -0.5 })).hits).toHaveLength(strict.length);
    const [first] = strict;
    expect((await search({ minConfidence: 0.1, minScore: first!.score })).hits).toHaveLength(1);
  });

  it('is of its own dataset if there are several, and so is the filter', async () => {
    const datasetIds = [app.datasetId, other];
    const { hits } = await search({ datasetIds });
    expect(hits).toHaveLength(2 * COUNT);
    for (const datasetId of datasetIds) {
      const alone = (await search({ datasetIds: [datasetId] })).hits;
      const together = hits.filter(({ image }) => image.datasetId === datasetId);
      expect(together.map(({ confidence }) => confidence)).toEqual(alone.map(({ confidence }) => confidence));
    }
    const minConfidence = 0.7;
    const wanted = hits.filter(({ confidence }) => confidence! >= minConfidence).map(({ image }) => image.id);
    const paged = await app.pages({ by, datasetIds, minConfidence }, 5);
    expect(paged.flatMap((page) => page.hits.map(({ image }) => image.id))).toEqual(wanted);
  });

  it('is not known of several examples', async () => {
    const examples = [
      { ...by, weight: 1 },
      { ...by, weight: 0.5 },
    ];
    const { hits } = await search({ by: { examples } });
    expect(new Set(hits.map(({ confidence }) => confidence))).toEqual(new Set([null]));
    await expect(search({ by: { examples }, minConfidence: 0.5 })).rejects.toMatchObject({
      code: 'CONFIDENCE_UNKNOWN',
    });
    const one = await search({ by: { examples: [{ ...by, weight: 1 }] } });
    expect(one.hits[0]!.confidence).not.toBeNull();
  });

  it.each([-0.1, 1.1, Number.NaN])('is refused as a filter of %p', async (minConfidence) => {
    await expect(search({ minConfidence })).rejects.toMatchObject({ code: 'MIN_CONFIDENCE_OUT_OF_RANGE' });
  });

  it('has a reliability table in evaluations', async () => {
    const evaluation = app.get(EvaluationService);
    const queries = evaluation.leaveOneOut(app.datasetId);
    const { reliability } = await evaluation.evaluate(app.datasetId, queries, 10);
    expect(reliability!.count).toBe(10 * COUNT);
    expect(reliability!.expectedCalibrationError).toBeLessThan(0.1);
  });

  it('is calibrated without exact copies, and only with images that have labels', async () => {
    const dataset = await app.addDataset('copies');
    const bytes = await plainPicture(10, 20, 30);
    await app.add(
      [
        { externalId: 'one', bytes, labels: ['a'] },
        { externalId: 'copy', bytes, labels: ['a'] },
        { externalId: 'another', bytes: await plainPicture(12, 20, 30), labels: ['b'] },
        { externalId: 'unlabelled', bytes: await plainPicture(14, 20, 30) },
      ],
      dataset,
    );
    await app.build({ datasetId: dataset });
    const pairs = await app.get(CalibrationPairs).collect(indexOf(dataset));
    const shared = pairs.map((ofOne) => ofOne.map(({ sharesLabel }) => sharesLabel));
    expect(shared).toEqual([[false], [false], [false, false]]);
  });

  it('is calibrated as if its images were new, where a projection consists of them', async () => {
    const dataset = await app.addDataset('projected');
    const all = await pictures('projected', 10);
    const [known, fresh] = [0, 1].map((turn) => all.filter((_one, at) => at % 2 === turn));
    const ids = await app.add(known!, dataset);
    await app.build({ datasetId: dataset, model: `fake@${known!.length}` });
    const meanOfFirst = async (queries: readonly ({ bytes: Uint8Array } | { imageId: number })[]) => {
      let sum = 0;
      for (const query of queries) {
        sum += (await search({ by: query, datasetIds: [dataset] })).hits[0]!.score;
      }
      return sum / queries.length;
    };
    const ofNew = await meanOfFirst(fresh!);
    const ofOwn = await meanOfFirst(ids.map((imageId) => ({ imageId })));
    const pairs = await app.get(CalibrationPairs).collect(indexOf(dataset));
    expect(pairs).toHaveLength(known!.length);
    const ofPairs = pairs.reduce((sum, [first]) => sum + first!.score, 0) / pairs.length;
    expect(Math.abs(ofPairs - ofNew)).toBeLessThan(0.75 * Math.abs(ofOwn - ofNew));
  });

  it('is null where too few images have labels, and minConfidence is refused there', async () => {
    const dataset = await app.addDataset('few');
    await app.add((await pictures('few', 10)).slice(0, 20), dataset);
    await app.build({ datasetId: dataset });
    expect(indexOf(dataset).calibration).toBeUndefined();
    expect((await search({ datasetIds: [dataset] })).hits[0]!.confidence).toBeNull();
    await expect(search({ datasetIds: [dataset], minConfidence: 0.5 })).rejects.toMatchObject({
      code: 'CONFIDENCE_UNKNOWN',
      message: expect.stringContaining('"few"'),
    });
  });

  it('is calibrated again by a build once much has changed, and not for a little', async () => {
    const before = indexOf(other);
    await app.add(
      (await pictures('b', 2)).slice(0, 1).map((one) => ({ ...one, labels: ['warm'] })),
      other,
    );
    await app.buildOnly(other);
    expect(indexOf(other).calibratedAt).toBe(before.calibratedAt);
    await app.add((await pictures('b', 10)).slice(0, 40), other);
    await app.buildOnly(other);
    const after = indexOf(other);
    expect(after.calibratedAt).toBe(after.checkpoint);
    expect(after.calibration).not.toEqual(before.calibration);
  });
});
