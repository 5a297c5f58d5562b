import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { Service } from './service.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));

const SEARCH = `
  query ($by: SimilarImagesBy!, $region: RegionInput) {
    similarImages(by: $by, region: $region, first: 3) { nodes { score image { id externalId width height } } }
  }`;
const EXPLAIN = `
  query ($by: SimilarImagesBy!, $region: RegionInput, $image: ImageRef!) {
    explain(by: $by, region: $region, image: $image) {
      score tookMs model { id }
      query { ...Picture }
      hit { ...Picture }
    }
  }
  fragment Picture on ExplainedPicture {
    rows columns values region { x y width height } over: heatMapUrl overlay: heatMapUrl(overlay: true)
  }`;

interface Found {
  similarImages: {
    nodes: { score: number; image: { id: string; externalId: string; width: number; height: number } }[];
  };
}
interface Picture {
  rows: number;
  columns: number;
  values: number[];
  region: { x: number; y: number; width: number; height: number };
  over: string;
  overlay: string;
}
interface Explained {
  explain: { score: number; tookMs: number; model: { id: string }; query: Picture; hit: Picture };
}

describe('explanations', () => {
  let service: Service;
  let kiwi: Buffer;

  const upload = () => ({ 'variables.by.upload': { name: 'kiwi.jpg', bytes: kiwi } });
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const build = async (model: string) => {
    const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
      'mutation ($model: String!) { buildIndex(input: { dataset: "fruit", model: $model }) { id } }',
      { model },
    );
    expect(await service.job(buildIndex.id)).toMatchObject({ state: 'SUCCEEDED' });
  };

  beforeAll(async () => {
    service = await Service.start({ IMPORT_ROOTS: samples, QUERY_MAX_COST: '1000' });
    const { importDataset } = await service.query<{ importDataset: { id: string } }>(
      'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id } }',
      { input: { dataset: 'fruit', annotationsPath: join(samples, 'annotations.json'), labelIds: ['1'] } },
    );
    await service.job(importDataset.id);
    kiwi = await readFile(join(samples, 'images', 'fruit-kiwi.jpg'));
  });
  afterAll(() => service.stopAndForget());

  it.each([
    ['efficientnet-lite0@4', 7],
    ['efficientnet-lite0', 7],
    ['best@4', 9],
  ])('divide the score that the search gives with %s', async (model, side) => {
    await build(model);
    const { similarImages } = await service.query<Found>(SEARCH, { by: { upload: null } }, upload());
    for (const { score, image } of similarImages.nodes.slice(0, 2)) {
      const variables = { by: { upload: null }, image: { id: image.id } };
      const { explain } = await service.query<Explained>(EXPLAIN, variables, upload());
      expect(Math.abs(explain.score - score)).toBeLessThan(1e-4);
      for (const { rows, columns, values, region } of [explain.query, explain.hit]) {
        expect([rows, columns, values.length]).toEqual([side, side, side * side]);
        expect(Math.abs(sum(values) - score)).toBeLessThan(1e-4);
        expect(region.x).toBeGreaterThan(0);
        expect(region.x + region.width).toBeLessThan(1);
      }
    }
  });

  it('are the same for an upload, an image of the catalogue and a query picture, also for a region', async () => {
    const region = { x: 0, y: 0, width: 0.5, height: 1 };
    const { similarImages } = await service.query<Found>(SEARCH, { by: { image: { id: 'Image:1' } } });
    const image = { id: similarImages.nodes[0]!.image.id };
    const added = await service.query<{ addQueryPicture: { id: string } }>(
      'mutation ($file: Upload!) { addQueryPicture(input: { upload: $file }) { id } }',
      {},
      { 'variables.file': { name: 'kiwi.jpg', bytes: kiwi } },
    );
    const ways = [
      { by: { upload: null }, files: upload() },
      { by: { queryPictureId: added.addQueryPicture.id }, files: {} },
      { by: { image: { dataset: 'fruit', externalId: '6' } }, files: {} },
    ];
    const scores: number[] = [];
    for (const { by, files } of ways) {
      const { explain } = await service.query<Explained>(EXPLAIN, { by, region, image }, files);
      expect(explain.query.region.x + explain.query.region.width).toBeLessThan(0.5);
      expect(sum(explain.query.values)).toBeCloseTo(explain.score, 6);
      expect(sum(explain.hit.values)).toBeCloseTo(explain.score, 6);
      scores.push(explain.score);
    }
    for (const score of scores) expect(score).toBeCloseTo(scores[0]!, 6);
  });

  it('come with heat maps, which whoever knows the address may see and cache', async () => {
    const variables = { by: { upload: null }, image: { dataset: 'fruit', externalId: '6' } };
    const { explain } = await service.query<Explained>(EXPLAIN, variables, upload());
    const { width, height } = await sharp(kiwi).metadata();
    for (const [url, channels] of [
      [explain.query.over, 3],
      [explain.query.overlay, 4],
    ] as const) {
      expect(url).toMatch(/^\/heat-maps\/[\w-]{22}$/);
      const response = await fetch(service.url + url);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('image/webp');
      expect(response.headers.get('cache-control')).toMatch(/^private, max-age=\d+, immutable$/);
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      const picture = await sharp(Buffer.from(await response.arrayBuffer())).metadata();
      expect(picture.channels).toBe(channels);
      expect(Math.max(picture.width, picture.height)).toBe(512);
      expect(picture.width / picture.height).toBeCloseTo(width / height, 1);
    }
    const unknown = await fetch(`${service.url}/heat-maps/${'x'.repeat(22)}`);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ errors: [{ extensions: { code: 'HEAT_MAP_NOT_FOUND' } }] });
  });

  it('are refused for examples, unknown images and bad regions', async () => {
    const image = { dataset: 'fruit', externalId: '6' };
    const codeOf = async (variables: object) =>
      (await service.graphql(EXPLAIN, { ...variables })).errors?.[0]?.extensions.code;
    const by = { image: { id: 'Image:1' } };
    expect(await codeOf({ by: { examples: [{ image: { id: 'Image:1' } }] }, image })).toBe(
      'EXAMPLES_INVALID',
    );
    expect(await codeOf({ by, image: { id: 'Image:99999' } })).toBe('IMAGE_NOT_FOUND');
    expect(await codeOf({ by, image, region: { x: 0.9, y: 0, width: 0.5, height: 1 } })).toBe(
      'REGION_INVALID',
    );
  });

  it('cost what the pictures cost that networks run on', async () => {
    const by = { image: { id: 'Image:2' } };
    const explain = (at: number) => `e${at}: explain(by: $by, image: { id: "Image:1" }) { score }`;
    const several = (count: number) =>
      `query ($by: SimilarImagesBy!) { ${Array.from({ length: count }, (_, at) => explain(at)).join(' ')} }`;
    expect((await service.graphql(several(4), { by })).errors).toBeUndefined();
    const { errors } = await service.graphql(several(5), { by });
    expect(errors?.[0]?.extensions.code).toBe('QUERY_TOO_COSTLY');
  });
});
