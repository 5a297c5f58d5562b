import http from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GraphQLSchema } from 'graphql';
import { nullsForDefaults } from '../fixtures/nulls-for-defaults.ts';
import { Service } from './service.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const SEARCH = 'query ($file: Upload!) { similarImages(by: { upload: $file }) { nodes { score } } }';
const MEGABYTE = 1_000_000;

interface Embedded {
  readonly embedding: { readonly vector: readonly number[] };
}

describe('mistakes of the client', () => {
  let service: Service;
  let schema: GraphQLSchema;
  let datasetId: string;

  beforeAll(async () => {
    service = await Service.start({ IMPORT_ROOTS: samples, MAX_UPLOAD_BYTES: '1000000' });
    schema = service.server.app.get(GraphQLSchemaHost).schema;
    const { importDataset } = await service.query<{ importDataset: { id: string; datasetId: string } }>(
      'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id datasetId } }',
      { input: { dataset: 'stamps', annotationsPath: join(samples, 'annotations.json'), labelIds: ['1'] } },
    );
    datasetId = importDataset.datasetId;
    await service.job(importDataset.id);
    const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
      'mutation ($id: ID!) { buildIndex(input: { dataset: $id }) { id } }',
      { id: datasetId },
    );
    await service.job(buildIndex.id);
  });
  afterAll(() => service.stopAndForget());

  it('answers null for an argument that has a default with BAD_USER_INPUT', async () => {
    const operations = nullsForDefaults(schema);
    expect(operations.map(({ argument }) => argument)).toEqual(
      expect.arrayContaining([
        'Query.similarImages.first',
        'Query.duplicates.maxDistance',
        'Image.thumbnailUrl.width',
        'ImportDatasetInput.format',
        'BuildIndexInput.rebuild',
      ]),
    );
    for (const { argument, query } of operations) {
      const { status, errors } = await service.graphql(query, { none: null });
      const code = errors?.[0]?.extensions.code;
      expect({ argument, status, code }).toEqual({ argument, status: 400, code: 'BAD_USER_INPUT' });
    }
  });

  it('says that a subscription needs a WebSocket', async () => {
    const { status, errors } = await service.graphql('subscription { jobProgress(id: "1") { id } }');
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions.code).toBe('SUBSCRIPTION_OVER_HTTP');
  });

  it('answers null for an argument that has a default over WebSocket alike', async () => {
    const errors = await service.socketErrors(
      'query ($none: Int) { similarImages(by: { image: { id: "1" } }, first: $none) { exact } }',
      { none: null },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it.each([
    [
      'updateImages',
      'mutation ($ids: [String!]) { updateImages(images: [{ image: { id: "1" }, labels: $ids }]) { results { __typename } } }',
    ],
    ['images', 'query ($ids: [String!]!) { images(dataset: "1", filter: { labels: $ids }) { totalCount } }'],
    [
      'similarImages',
      'query ($ids: [String!]!) { similarImages(by: { image: { id: "1" } }, filter: { labels: $ids }) { exact } }',
    ],
    ['buildIndex', 'mutation ($ids: [ID!]!) { buildIndex(input: { dataset: "1", labelIds: $ids }) { id } }'],
  ])('refuses 33,000 ids in one list: %s', async (_field, query) => {
    const ids = Array.from({ length: 33_000 }, () => '1');
    const { status, errors } = await service.graphql(query, { ids });
    expect(status).toBe(400);
    expect(errors).toMatchObject([
      { extensions: { code: 'LIST_TOO_LONG', argument: 'ids', length: 33_000 } },
    ]);
  });

  it('says that an empty list of datasets searches nothing', async () => {
    const { status, errors } = await service.graphql(
      '{ similarImages(by: { image: { id: "1" } }, datasets: []) { exact } }',
    );
    expect(status).toBe(400);
    expect(errors).toMatchObject([{ extensions: { code: 'NO_DATASETS' } }]);
  });

  it('looks for a region of a stored picture as for that of an upload', async () => {
    const EMBED =
      'query ($by: SimilarImagesBy!, $region: RegionInput) { embedding(by: $by, region: $region) { vector } }';
    const { images } = await service.query<{ images: { nodes: { id: string; url: string }[] } }>(
      'query ($id: ID!) { images(dataset: $id, first: 1) { nodes { id url } } }',
      { id: datasetId },
    );
    const [image] = images.nodes;
    const bytes = new Uint8Array(await (await fetch(new URL(image!.url, service.url))).arrayBuffer());
    const region = { x: 0, y: 0, width: 0.5, height: 0.5 };
    const stored = await service.query<Embedded>(EMBED, { by: { image: { id: image!.id } }, region });
    const uploaded = await service.query<Embedded>(
      EMBED,
      { by: { upload: null }, region },
      { 'variables.by.upload': { name: 'part.jpg', bytes } },
    );
    const whole = await service.query<Embedded>(EMBED, { by: { image: { id: image!.id } } });
    expect(stored.embedding.vector).toEqual(uploaded.embedding.vector);
    expect(stored.embedding.vector).not.toEqual(whole.embedding.vector);
  });

  describe('multipart requests', () => {
    const send = async (part: [name: string, value: string | Blob] | undefined) => {
      const body = new FormData();
      body.append('operations', JSON.stringify({ query: SEARCH, variables: { file: null } }));
      body.append('map', JSON.stringify({ 0: ['variables.file'] }));
      if (part !== undefined) body.append(...part);
      const response = await fetch(`${service.url}/graphql`, {
        method: 'POST',
        body,
        headers: { 'Apollo-Require-Preflight': 'true' },
      });
      return { status: response.status, body: (await response.json()) as { errors: unknown[] } };
    };

    it.each([
      ['a part that was not sent', undefined],
      ['another part than was sent', ['1', new Blob(['x'])] as [string, Blob]],
      ['a part that is text', ['0', 'no file'] as [string, string]],
    ])('refuses a map that names %s', async (_what, part) => {
      const { status, body } = await send(part);
      expect(status).toBe(400);
      expect(body.errors).toMatchObject([{ extensions: { code: 'UPLOAD_MALFORMED' } }]);
    });
  });

  describe('requests over HTTP', () => {
    const json = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(`${service.url}${path}`, init);
      const body = (await response.json()) as { errors: { message: string }[] };
      return { status: response.status, body };
    };
    const post = (body: string, type: string) =>
      json('/graphql', { method: 'POST', body, headers: { 'Content-Type': type } });

    it.each([
      ['malformed JSON', () => post('{"query": ', 'application/json'), 400, 'BAD_REQUEST'],
      ['JSON that is no object', () => post('"{ a }"', 'application/json'), 400, 'BAD_REQUEST'],
      ['an object without a query', () => post('{}', 'application/json'), 400, 'BAD_REQUEST'],
      ['plain text', () => post('{ __typename }', 'text/plain'), 400, 'CSRF_BLOCKED'],
      ['a form', () => post('query={__typename}', 'application/x-www-form-urlencoded'), 400, 'CSRF_BLOCKED'],
      ['a GET request without a header', () => json('/graphql?query={__typename}'), 400, 'CSRF_BLOCKED'],
      [
        'an unknown character set',
        () => post('{}', 'application/json; charset=x-none'),
        415,
        'CONTENT_TYPE_UNSUPPORTED',
      ],
      [
        'a body of a megabyte',
        () => post(JSON.stringify('x'.repeat(MEGABYTE)), 'application/json'),
        413,
        'REQUEST_TOO_LARGE',
      ],
      ['an unknown route', () => json('/nowhere'), 404, 'NOT_FOUND'],
      ['a broken escape', () => json('/datasets/%E0%A4%A/downloads.csv'), 400, 'BAD_REQUEST'],
    ])('answers %s with a coded error', async (_what, send, status, code) => {
      const answer = await send();
      expect(answer).toMatchObject({ status, body: { errors: [{ extensions: { code } }] } });
      expect(answer.body.errors[0]?.message).toMatch(/^[A-Z]/);
    });
  });

  it('answers requests that offer to upgrade to HTTP/2, as those of Java do', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = http.request(`${service.url}/health/live`, {
        headers: { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAEAAEAA' },
      });
      request.on('response', (response) => resolve(response.resume().statusCode));
      request.on('error', reject);
      request.end();
    });
    expect(status).toBe(200);
  });

  describe('refused before the body was read', () => {
    const large = async (headers: Record<string, string>, megabytes: number) => {
      const body = new FormData();
      body.append('operations', JSON.stringify({ query: SEARCH, variables: { file: null } }));
      body.append('map', JSON.stringify({ 0: ['variables.file'] }));
      body.append('0', new Blob([new Uint8Array(megabytes * MEGABYTE)]), 'large.jpg');
      const response = await fetch(`${service.url}/graphql`, { method: 'POST', body, headers });
      const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
      return { status: response.status, code: errors[0]?.extensions.code };
    };

    it('lets a client read why an upload without the header was refused', async () => {
      for (let round = 0; round < 20; round += 1) {
        expect(await large({}, 6)).toEqual({ status: 400, code: 'CSRF_BLOCKED' });
      }
    });

    it('lets a client read that its request is too large', async () => {
      for (let round = 0; round < 20; round += 1) {
        expect(await large({ 'Apollo-Require-Preflight': 'true' }, 12)).toEqual({
          status: 413,
          code: 'UPLOAD_TOO_LARGE',
        });
      }
    });
  });
});
