import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blobsOf } from '../fixtures/pictures.ts';
import { Service, type JobResult } from './service.ts';

interface Mapped {
  dataset: {
    map: {
      imageCount: number;
      indexedCount: number;
      stale: boolean;
      pointsUrl: string;
      model: { spec: string };
      labels: { key: string; name: string; imageCount: number }[];
      outliers: { score: number; image: { externalId: string } }[];
    } | null;
  };
}

const MAP = `{
  dataset(name: "blobs") {
    map {
      imageCount indexedCount stale pointsUrl
      model { spec }
      labels { key name imageCount }
      outliers(first: 2) { score image { externalId } }
    }
  }
}`;
const IMAGES = 16;

describe('the map through the API', () => {
  let service: Service;

  const run = async (mutation: string, variables: Record<string, unknown> = {}) => {
    const [job] = Object.values(await service.query<Record<string, JobResult>>(mutation, variables));
    return service.job(job!.id);
  };

  beforeAll(async () => {
    service = await Service.start();
    const { createStage } = await service.query<{ createStage: { id: string } }>(
      'mutation { createStage { id } }',
    );
    const paths = Array.from({ length: IMAGES }, (_path, at) => `label ${at % 2}/${at}.jpg`);
    const parts = await Promise.all(
      paths.map(async (_path, at) => [
        `variables.files.${at}.upload`,
        { name: 'file', bytes: await blobsOf(at), type: 'image/jpeg' },
      ]),
    );
    await service.query(
      'mutation ($stage: ID!, $files: [StagedFileInput!]!) { stageFiles(stage: $stage, files: $files) { id } }',
      { stage: createStage.id, files: paths.map((path) => ({ path, upload: null })) },
      Object.fromEntries(parts) as Parameters<Service['query']>[2],
    );
    await run('mutation ($stage: ID!) { importDataset(input: { dataset: "blobs", stage: $stage }) { id } }', {
      stage: createStage.id,
    });
  });
  afterAll(() => service.stop());

  it('needs an index', async () => {
    const { errors } = await service.graphql('mutation { buildMap(dataset: "blobs") { id } }');
    expect(errors?.[0]?.extensions.code).toBe('DATASET_NOT_INDEXED');
    expect(await service.query<Mapped>(MAP)).toEqual({ dataset: { map: null } });
    const suspects = await service.graphql('{ suspectLabels(dataset: "blobs") { totalCount } }');
    expect(suspects.errors?.[0]?.extensions.code).toBe('DATASET_NOT_INDEXED');
  });

  it('is built by a job, and its points are downloaded', async () => {
    await run('mutation { buildIndex(input: { dataset: "blobs" }) { id } }');
    expect(await run('mutation { buildMap(dataset: "blobs") { id } }')).toMatchObject({
      kind: 'BUILD_MAP',
      state: 'SUCCEEDED',
      done: IMAGES,
    });
    const { map } = (await service.query<Mapped>(MAP)).dataset;
    expect(map).toMatchObject({ imageCount: IMAGES, indexedCount: IMAGES, stale: false });
    expect(map?.labels).toEqual([
      { key: 'label 0', name: 'label 0', imageCount: IMAGES / 2 },
      { key: 'label 1', name: 'label 1', imageCount: IMAGES / 2 },
    ]);
    expect(map?.outliers).toHaveLength(2);
    const response = await fetch(`${service.url}${map?.pointsUrl}`);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('cache-control')).toContain('immutable');
    const bytes = await response.arrayBuffer();
    expect(new Uint32Array(bytes, 0, 1)[0]).toBe(IMAGES);
    const labels: unknown = JSON.parse(Buffer.from(bytes.slice(4 + 14 * IMAGES)).toString());
    expect(labels).toEqual(map?.labels);

    const again = await fetch(`${service.url}/datasets/blobs/map`, {
      headers: { 'If-None-Match': response.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
    const { suspectLabels } = await service.query<{ suspectLabels: { totalCount: number; nodes: object[] } }>(
      '{ suspectLabels(dataset: "blobs") { totalCount nodes { agreement neighbourLabel { name } image { id } } } }',
    );
    expect(suspectLabels.nodes).toHaveLength(Math.min(20, suspectLabels.totalCount));
    // The first index measures which precision of the network is faster here.
  }, 180_000);

  it('comes with an evaluation of the index, and facets of the images', async () => {
    const { evaluation } = await service.query<{ evaluation: Record<string, unknown> }>(
      `{ evaluation(dataset: "blobs", k: 3, queries: 8) {
        queries k recallAtK precisionAt1 { value low high } precisionAtK { value } meanAveragePrecisionAtK { value }
        latencyMs { p50 p95 p99 } model { spec }
      } }`,
    );
    expect(evaluation).toMatchObject({
      queries: 8,
      k: 3,
      recallAtK: 1,
      latencyMs: { p50: expect.any(Number) },
    });
    const { imageFacets } = await service.query<{ imageFacets: { values: object[] }[] }>(
      `{ imageFacets(dataset: "blobs", filter: { labels: ["label 1"] }, facets: [{ labels: true }]) {
        attribute values { value name count hitCount }
      } }`,
    );
    expect(imageFacets).toEqual([
      {
        attribute: null,
        values: [{ value: 'label 1', name: 'label 1', count: IMAGES / 2, hitCount: 0 }],
      },
    ]);
    const { errors } = await service.graphql(
      '{ imageFacets(dataset: "blobs", facets: [{ labels: true, attribute: "x" }]) { attribute } }',
    );
    expect(errors?.[0]?.extensions.code).toBe('FACETS_INVALID');
    const many = await service.graphql('{ evaluation(dataset: "blobs", queries: 201) { k } }');
    expect(many.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});
