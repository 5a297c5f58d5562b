import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blobsOf } from '../../../test/fixtures/pictures.ts';
import { SearchApp } from '../../../test/fixtures/search-app.ts';
import { DatasetsService, ImagesService } from '../../datasets/index.ts';
import { EmbeddingModels, type JudgedPair } from '../../embeddings/index.ts';
import { JobRunner } from '../../jobs/index.ts';
import { QueryPictureRepository } from '../query-pictures/query-picture.repository.ts';
import { QueryPictures } from '../query-pictures/query-pictures.service.ts';
import { FeedbackEvaluations } from './feedback-evaluation.ts';
import { FeedbackService, type FeedbackToRecord } from './feedback.service.ts';
import { Verdict } from './feedback.ts';
import { JudgedVectors } from './judged-vectors.ts';

describe('feedback', () => {
  let app: SearchApp;
  let ids: number[];
  const service = () => app.get(FeedbackService);

  beforeAll(async () => {
    app = await SearchApp.start({ FEEDBACK_MAX_VERDICTS: '100' });
    ids = await app.add(
      await Promise.all(
        Array.from({ length: 8 }, async (_picture, at) => ({
          externalId: `${at}`,
          bytes: await blobsOf(at),
        })),
      ),
    );
    await app.build();
  });
  afterAll(() => app.stop());

  async function record(
    query: FeedbackToRecord['query'],
    image: number,
    verdict: Verdict,
    clientKey?: string,
  ) {
    return service().record({ query, image: await app.images.get(image), verdict, clientKey });
  }
  async function all() {
    const list = [];
    for await (const one of service().all(app.datasetId)) list.push(one);
    return list;
  }
  const clear = async () => service().delete((await all()).map(({ id }) => id));

  it('is kept with time and client, and replaced by a later verdict about the same query and image', async () => {
    await record({ imageId: ids[0]! }, ids[1]!, Verdict.RELEVANT, 'user 7');
    await record({ imageId: ids[0]! }, ids[2]!, Verdict.NOT_RELEVANT);
    const region = { x: 0, y: 0, width: 0.5, height: 0.5 };
    await record({ imageId: ids[0]!, region }, ids[1]!, Verdict.RELEVANT);
    await record({ imageId: ids[0]! }, ids[1]!, Verdict.CHOSEN, 'user 8');
    const list = await all();
    expect(
      list.map(({ query, imageId, verdict, clientKey }) => [query, imageId, verdict, clientKey]),
    ).toEqual([
      [{ imageId: ids[0] }, ids[2], 'NOT_RELEVANT', null],
      [{ imageId: ids[0], region }, ids[1], 'RELEVANT', null],
      [{ imageId: ids[0] }, ids[1], 'CHOSEN', 'user 8'],
    ]);
    expect(Date.now() - list[0]!.judgedAt.getTime()).toBeLessThan(60_000);
    const page = await service().list(app.datasetId, {
      after: list[0]!.id,
      before: undefined,
      limit: 1,
      backwards: false,
    });
    expect(page.map(({ id }) => id)).toEqual([list[1]!.id]);
    expect(await service().delete([list[0]!.id, 999_999])).toEqual([list[0]!.id]);
    expect(await service().count(app.datasetId)).toBe(2);
    await clear();
  });

  it('is refused about the picture itself, with a client that is too long, and about pictures that are gone', async () => {
    await expect(record({ imageId: ids[0]! }, ids[0]!, Verdict.RELEVANT)).rejects.toMatchObject({
      code: 'FEEDBACK_INVALID',
    });
    await expect(
      record({ imageId: ids[0]! }, ids[1]!, Verdict.RELEVANT, 'x'.repeat(201)),
    ).rejects.toMatchObject({ code: 'FEEDBACK_INVALID' });
    await expect(
      record({ queryPictureId: 'AAAAAAAAAAAAAAAAAAAAAA' }, ids[1]!, Verdict.RELEVANT),
    ).rejects.toMatchObject({ code: 'QUERY_PICTURE_NOT_FOUND' });
    await expect(record({ imageId: 999_999 }, ids[1]!, Verdict.RELEVANT)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
  });

  it('outlives the query picture, and is evaluated by its features', async () => {
    const { id: queryPictureId } = await app.get(QueryPictures).add(await blobsOf(0));
    const { hits } = await app.search.similarImages({ by: { queryPictureId }, k: 8 });
    const [first, second, third] = hits.map(({ image }) => image.id);
    await record({ queryPictureId }, first!, Verdict.RELEVANT);
    await record({ queryPictureId }, second!, Verdict.NOT_RELEVANT);
    await record({ queryPictureId }, third!, Verdict.CHOSEN);
    await record({ imageId: ids[3]! }, ids[4]!, Verdict.CHOSEN);
    await app.get(QueryPictureRepository).removeExpired(new Date(8e15), async () => undefined);
    await expect(app.search.similarImages({ by: { queryPictureId }, k: 8 })).rejects.toMatchObject({
      code: 'QUERY_PICTURE_NOT_FOUND',
    });
    const others = await app.search.similarImages({ by: { imageId: ids[3]! }, k: 8 });
    const rank = others.hits.find(({ image }) => image.id === ids[4])!.rank;
    const evaluation = await app.get(FeedbackEvaluations).evaluate(app.datasetId, { k: 3 });
    expect(evaluation).toMatchObject({
      ...{ queries: 2, unavailable: 0, relevant: 1, notRelevant: 1, chosen: 2, k: 3 },
      precisionAt1: { queries: rank === 1 ? 2 : 1, value: 1 },
      meanReciprocalRank: { queries: 2 },
    });
    expect(evaluation.meanReciprocalRank!.value).toBeCloseTo((1 / 3 + 1 / rank) / 2, 10);
    const shares = rank <= 3 ? [2 / 3, 1] : [2 / 3];
    expect(evaluation.precisionAtK!.value).toBeCloseTo(
      shares.reduce((sum, share) => sum + share, 0) / shares.length,
      10,
    );
  });

  it('gives the vectors of relevant pairs to a fit, the latest first', async () => {
    const judged = app.get(JudgedVectors);
    const models = app.get(EmbeddingModels);
    const model = await models.resolveModel(models.checkSpec('fake'));
    const pairs: JudgedPair[] = [];
    for await (const pair of judged.pairs({ datasetId: app.datasetId, model })) pairs.push(pair);
    const verdicts = (await all()).filter(({ verdict }) => verdict !== Verdict.NOT_RELEVANT).toReversed();
    expect(await judged.count(app.datasetId)).toBe(3);
    expect(pairs.map(({ image }) => image.key)).toEqual(verdicts.map(({ image }) => image.sha256));
    // The picture has expired; its features have not.
    expect(pairs.map(({ query }) => query.key.startsWith('picture:'))).toEqual([false, true, true]);
    expect(pairs[0]!.query.key).toBe((await app.get(ImagesService).get(ids[3]!)).sha256);
    for (const { query, image } of pairs) {
      expect(query.vector).toHaveLength(model.identity.dimension);
      expect(image.vector).toHaveLength(model.identity.dimension);
    }
    await clear();
  });

  it('cannot be evaluated if there is none', async () => {
    await expect(app.get(FeedbackEvaluations).evaluate(app.datasetId, { k: 3 })).rejects.toMatchObject({
      code: 'NO_FEEDBACK',
    });
  });

  it('is bounded: the oldest verdicts go first', async () => {
    for (let at = 0; at < 101; at += 1) {
      const region = { x: 0, y: 0, width: 0.5, height: (at + 100) / 400 };
      await record({ imageId: ids[0]!, region }, ids[1]!, Verdict.RELEVANT);
    }
    expect(await service().count(app.datasetId)).toBe(100);
    expect((await all())[0]!.query.region?.height).toBe(101 / 400);
    await clear();
  });

  it('is gone with either image, and when the bytes of either are replaced, but not with labels', async () => {
    await record({ imageId: ids[0]! }, ids[1]!, Verdict.RELEVANT);
    await record({ imageId: ids[1]! }, ids[2]!, Verdict.RELEVANT);
    await record({ imageId: ids[5]! }, ids[2]!, Verdict.RELEVANT);
    await app.images.updateImages([{ imageId: ids[1]!, labels: ['a'] }]);
    expect(await all()).toHaveLength(3);
    await app.add([{ externalId: '5', bytes: await blobsOf(50) }]);
    expect(await service().count(app.datasetId)).toBe(2);
    await app.images.deleteImages([ids[1]!]);
    expect(await service().count(app.datasetId)).toBe(0);
  });

  it('is gone with its dataset', async () => {
    await record({ imageId: ids[3]! }, ids[4]!, Verdict.RELEVANT);
    const { id } = await app.get(DatasetsService).enqueueDelete(app.datasetId);
    await app.get(JobRunner).waitFor(id);
    expect(await service().count(app.datasetId)).toBe(0);
  });
});
