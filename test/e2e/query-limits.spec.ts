import { getIntrospectionQuery } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DatasetsService, ImagesService, type Image } from '../../src/datasets/index.ts';
import { SimilarImagesService } from '../../src/search/index.ts';
import { Service } from './service.ts';

/** `a0: image(id: "1") { id } a1: …` */
const times = (count: number, field: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => field(n)).join(' ');

const nested = (levels: number) =>
  `{ datasets { nodes { ${'x { '.repeat(levels)} id ${'} '.repeat(levels)} } } }`;

/** Each fragment spreads the next one twice: 2^100 fields in 1,100 tokens. */
const fragmentBomb = `
  { datasets { nodes { ...F0 } } }
  ${times(100, (n) => `fragment F${n} on Dataset { index { indexed } id ...F${n + 1} ...F${n + 1} }`)}
  fragment F100 on Dataset { id }`;

const HOSTILE: readonly (readonly [what: string, query: string, code: string])[] = [
  [
    '1,000 searches under aliases',
    `{ ${times(1_000, (n) => `a${n}: similarImages(by: { image: { id: "1" } }) { nodes { score } }`)} }`,
    'QUERY_TOO_MANY_TOKENS',
  ],
  [
    '5,000 aliases of one field',
    `{ images(dataset: "1", first: 100) { nodes { ${times(5_000, (n) => `a${n}: thumbnailUrl`)} } } }`,
    'QUERY_TOO_MANY_TOKENS',
  ],
  [
    '5,000 repetitions of one field',
    `{ datasets { nodes { ${'id '.repeat(5_000)} } } }`,
    'QUERY_TOO_MANY_TOKENS',
  ],
  [
    'a few aliases too many',
    `{ images(dataset: "1") { nodes { ${times(16, (n) => `a${n}: thumbnailUrl`)} } } }`,
    'QUERY_TOO_MANY_ALIASES',
  ],
  [
    'aliases in a fragment that is spread often',
    `{ datasets { nodes { ...F } } more: datasets { nodes { ...F } } }
     fragment F on Dataset { ${times(8, (n) => `a${n}: name`)} }`,
    'QUERY_TOO_MANY_ALIASES',
  ],
  ['11 fields at the top', `{ ${times(11, () => 'image(id: "1") { id }')} }`, 'QUERY_TOO_MANY_ROOT_FIELDS'],
  [
    '11 fields at the top, in fragments',
    `{ ...A ... on Query { ...A } } fragment A on Query { ${times(6, () => 'image(id: "1") { id }')} }`,
    'QUERY_TOO_MANY_ROOT_FIELDS',
  ],
  ['fields nested 200 levels deep', nested(200), 'QUERY_TOO_DEEP'],
  [
    'fields nested too deep by fragments',
    `{ datasets { nodes { ...F0 } } } ${times(20, (n) => `fragment F${n} on X { x { ...F${n + 1} } }`)}`,
    'QUERY_TOO_DEEP',
  ],
  ['a fragment bomb', fragmentBomb, 'QUERY_TOO_COSTLY'],
  [
    'lists of lists',
    '{ duplicates(dataset: "1", first: 100) { nodes { images(first: 100) { nodes { image { id url labels { key } } } } } } }',
    'QUERY_TOO_COSTLY',
  ],
  [
    'ten long answers at once',
    `{ ${times(10, (n) => `a${n}: similarImages(by: { image: { id: "1" } }, first: 1000) { nodes { score image { id url } } }`)} }`,
    'QUERY_TOO_COSTLY',
  ],
  [
    'attributes of a thousand hits under three aliases',
    `{ similarImages(by: { image: { id: "1" } }, first: 1000) { nodes { image {
      ${times(3, (n) => `a${n}: attributes { value }`)} } } } }`,
    'QUERY_TOO_COSTLY',
  ],
  [
    'long facets under fifteen aliases',
    `{ similarImages(by: { image: { id: "1" } }, first: 1, facets: [${times(10, () => '{ labels: true, first: 100 }')}]) {
      facets { ${times(15, (n) => `a${n}: values { value count hitCount name }`)} } } }`,
    'QUERY_TOO_COSTLY',
  ],
  [
    'facets of a batch under aliases',
    `{ similarImagesBatch(searches: [${times(8, () => `{ by: { image: { id: "1" } }, first: 1, facets: [{ labels: true, first: 100 }] }`)}]) {
      ... on SimilarImages { ${times(15, (n) => `a${n}: facets { values { value count hitCount name } }`)} } } }`,
    'QUERY_TOO_COSTLY',
  ],
  [
    'fragments in a circle',
    '{ ...A } fragment A on Query { datasets { totalCount } ...B } fragment B on Query { ...A }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
];

describe('limits of a GraphQL document', () => {
  let service: Service;

  beforeAll(async () => {
    service = await Service.start();
  });
  afterAll(() => service.stopAndForget());
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** What resolvers would call. */
  const spies = () => {
    const { app } = service.server;
    return [
      jest.spyOn(app.get(SimilarImagesService), 'similarImages'),
      jest.spyOn(app.get(DatasetsService), 'get'),
      jest.spyOn(app.get(DatasetsService), 'list'),
      jest.spyOn(app.get(ImagesService), 'findByIds'),
    ];
  };
  const expectNoneCalled = (called: ReturnType<typeof spies>) => {
    for (const spy of called) expect(spy).not.toHaveBeenCalled();
  };

  it.each(HOSTILE)(
    'refuse %s over HTTP, twice alike, before anything is resolved',
    async (_what, query, code) => {
      const called = spies();
      // Apollo remembers documents that it found valid: a refused one must not be among them.
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const { status, data, errors } = await service.graphql(query);
        expect(status).toBe(400);
        expect(data).toBeUndefined();
        expect(errors).toHaveLength(1);
        expect(errors?.[0]?.extensions.code).toBe(code);
        expect(errors?.[0]?.message).not.toContain('Error:');
      }
      expectNoneCalled(called);
    },
  );

  it.each(HOSTILE)('refuse %s over WebSocket, before anything is resolved', async (_what, query, code) => {
    const called = spies();
    const errors = await service.socketErrors(query);
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual([code]);
    expectNoneCalled(called);
  });

  it('hold for GET requests and for bodies of forms too', async () => {
    const query = `{ ${times(16, (n) => `a${n}: datasets { totalCount }`)} }`;
    const headers = { 'Apollo-Require-Preflight': 'true' };
    const form = new URLSearchParams({ query });
    const responses = [
      await fetch(`${service.url}/graphql?${form.toString()}`, { headers }),
      await fetch(`${service.url}/graphql`, { method: 'POST', body: form, headers }),
    ];
    for (const response of responses) {
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        errors: [{ extensions: { code: 'QUERY_TOO_MANY_ALIASES' } }],
      });
    }
  });

  it('count lists at the length that variables give them', async () => {
    const query = `query ($n: Int!) {
      duplicates(dataset: "1", first: $n) { nodes { images(first: $n) { nodes { image { id url width } } } } }
    }`;
    const few = await service.graphql(query, { n: 5 });
    expect(few.errors?.[0]?.extensions.code).toBe('DATASET_NOT_FOUND');
    const many = await service.graphql(query, { n: 100 });
    expect([many.status, many.errors?.[0]?.extensions.code]).toEqual([400, 'QUERY_TOO_COSTLY']);
  });

  it('count attributes that are named, and facets of one search only', async () => {
    const query = `query ($names: [String!]) {
      plain: similarImages(by: { image: { id: "1" } }, first: 1000) { nodes { image { attributes(names: $names) { value } } } }
      counted: similarImages(by: { image: { id: "1" } }, first: 1, facets: [{ labels: true, first: 100 }]) {
        facets { values { value count } }
      }
    }`;
    const codeOf = async (names?: string[]) =>
      (await service.graphql(query, { names })).errors?.[0]?.extensions.code;
    expect(await codeOf(['price', 'brand'])).toBe('IMAGE_NOT_FOUND');
    expect(await codeOf(Array.from({ length: 60 }, (_, n) => `a${n}`))).toBe('QUERY_TOO_COSTLY');
    expect(await codeOf()).toBe('QUERY_TOO_COSTLY');
  });

  it('refuse an answer of long texts before it is serialised, alike over HTTP and WebSocket', async () => {
    const texts = Array.from({ length: 100 }, () => 'x'.repeat(1_020));
    const attributes = Object.fromEntries(Array.from({ length: 64 }, (_, n) => [`a${n}`, texts]));
    const image = { id: 1, datasetId: 1, externalId: '1', sha256: '0'.repeat(64), labels: [], attributes };
    jest
      .spyOn(service.server.app.get(ImagesService), 'findByRef')
      .mockResolvedValue(image as unknown as Image);
    const query = (aliases: number) =>
      `{ image(id: "1") { ${times(aliases, (n) => `a${n}: attributes { value }`)} } }`;
    expect((await service.graphql(query(2))).errors).toBeUndefined();
    for (const aliases of [3, 15]) {
      const { status, data, errors } = await service.graphql(query(aliases));
      expect([status, data, errors?.length]).toEqual([400, undefined, 1]);
      expect(errors?.[0]?.extensions).toEqual({ code: 'ANSWER_TOO_LARGE', maxBytes: 16 * 1024 * 1024 });
      const overSocket = await service.socketErrors(query(aliases));
      expect(overSocket.map(({ extensions }) => extensions?.code)).toEqual(['ANSWER_TOO_LARGE']);
    }
  });

  it('let the introspection query of IDEs pass, whatever it asks for', async () => {
    const query = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    const { data } = await service.graphql<{ __schema: { types: unknown[] } }>(query);
    expect(data.__schema.types.length).toBeGreaterThan(50);
    expect(await service.socketErrors(query)).toEqual([]);
  });

  it('let the deepest question pass that the schema can answer', async () => {
    const { errors } = await service.graphql(`{
      duplicates(dataset: "1") { edges { node { images { edges { node { image { labels { key } } } } } } } }
    }`);
    expect(errors?.[0]?.extensions.code).toBe('DATASET_NOT_FOUND');
  });

  it('say what is wrong with variables, alike over HTTP and WebSocket', async () => {
    const query =
      'query ($ids: [ID!]) { similarImages(by: { image: { id: "1" } }, datasets: $ids) { exact } }';
    const ids = Array.from({ length: 1_000 }, () => ({}));
    const called = spies();
    const { status, errors = [] } = await service.graphql(query, { ids });
    expect(status).toBe(400);
    expect(errors.length).toBeLessThanOrEqual(51);
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['BAD_USER_INPUT']));
    const overSocket = await service.socketErrors(query, { ids });
    expect(overSocket.length).toBeLessThanOrEqual(51);
    expect(new Set(overSocket.map(({ extensions }) => extensions?.code))).toEqual(
      new Set(['BAD_USER_INPUT']),
    );
    expectNoneCalled(called);
  });

  it.each([
    [
      'datasets to search',
      'query ($l: [ID!]) { similarImages(by: { image: { id: "1" } }, datasets: $l) { exact } }',
    ],
    [
      'labels',
      'query ($l: [String!]) { similarImages(by: { image: { id: "1" } }, filter: { labels: $l }) { exact } }',
    ],
    ['reasons', 'query ($l: [String!]) { downloads(dataset: "1", reasons: $l) { totalCount } }'],
    [
      'reasons to retry',
      'mutation ($l: [String!]) { retryFailedDownloads(dataset: "1", reasons: $l) { id } }',
    ],
    ['labels to index', 'mutation ($l: [ID!]) { buildIndex(input: { dataset: "1", labelIds: $l }) { id } }'],
    [
      'labels to set',
      'mutation ($l: [String!]) { updateImages(images: [{ image: { id: "1" }, labels: $l }]) { results { __typename } } }',
    ],
  ])('refuse tens of thousands of %s', async (_what, query) => {
    const called = spies();
    const { status, errors } = await service.graphql(query, { l: Array.from({ length: 40_000 }, () => '1') });
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions.code).toBe('LIST_TOO_LONG');
    expectNoneCalled(called);
  });
});

describe('limits that are configured', () => {
  it('are held to', async () => {
    const service = await Service.start({ QUERY_MAX_ALIASES: '2', QUERY_MAX_DEPTH: '3' });
    try {
      const two = await service.graphql('{ a: datasets { totalCount } b: datasets { totalCount } }');
      expect(two.status).toBe(200);
      const three = await service.graphql(
        '{ a: datasets { totalCount } b: datasets { totalCount } c: datasets { totalCount } }',
      );
      expect(three.errors?.[0]?.extensions).toEqual({ code: 'QUERY_TOO_MANY_ALIASES', max: 2 });
      const deep = await service.graphql('{ datasets { nodes { index { state } } } }');
      expect(deep.errors?.[0]?.extensions).toEqual({ code: 'QUERY_TOO_DEEP', max: 3 });
    } finally {
      await service.stopAndForget();
    }
  });
});
