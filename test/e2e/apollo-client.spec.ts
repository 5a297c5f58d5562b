import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApolloClient, gql, HttpLink, InMemoryCache, type FetchPolicy } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Service } from './service.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const PICTURES = ['fruit-kiwi.jpg', 'bird-owl.jpg', 'flower-daffodil.jpg'];

interface Found {
  similarImages: {
    edges: { node: { rank: number; image: { id: string; externalId: string } } }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

const SEARCH = gql`
  query Search($id: ID!, $first: Int, $after: String) {
    similarImages(by: { queryPictureId: $id }, datasets: ["stamps"], first: $first, after: $after) {
      edges {
        cursor
        node {
          rank
          image {
            id
            externalId
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

describe('Apollo Client', () => {
  let service: Service;
  let client: ApolloClient;
  /** By the name of the file. */
  const queryPictures = new Map<string, string>();
  const expected = new Map<string, string[]>();

  const namesIn = ({ similarImages }: Found) => similarImages.edges.map(({ node }) => node.image.externalId);
  const search = async (file: string, fetchPolicy: FetchPolicy = 'cache-first') => {
    const { data } = await client.query<Found>({
      query: SEARCH,
      variables: { id: queryPictures.get(file), first: 5 },
      fetchPolicy,
    });
    return namesIn(data!);
  };

  beforeAll(async () => {
    service = await Service.start({ IMPORT_ROOTS: samples });
    const { importDataset } = await service.query<{ importDataset: { id: string } }>(
      'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id } }',
      { input: { dataset: 'stamps', annotationsPath: join(samples, 'annotations.json') } },
    );
    await service.job(importDataset.id);
    const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
      'mutation { buildIndex(input: { dataset: "stamps" }) { id } }',
    );
    await service.job(buildIndex.id);
    for (const name of PICTURES) {
      const bytes = await readFile(join(samples, 'images', name));
      const { addQueryPicture } = await service.query<{ addQueryPicture: { id: string } }>(
        'mutation ($file: Upload!) { addQueryPicture(input: { upload: $file }) { id } }',
        {},
        { 'variables.file': { name, bytes } },
      );
      queryPictures.set(name, addQueryPicture.id);
      const { similarImages } = await service.query<{
        similarImages: { nodes: { image: { externalId: string } }[] };
      }>(
        'query ($file: Upload!) { similarImages(by: { upload: $file }, first: 5) { nodes { image { externalId } } } }',
        {},
        { 'variables.file': { name, bytes } },
      );
      expected.set(
        name,
        similarImages.nodes.map(({ image }) => image.externalId),
      );
    }
  });
  afterAll(() => service.stopAndForget());
  beforeEach(() => {
    client = new ApolloClient({
      link: new HttpLink({ uri: `${service.url}/graphql` }),
      cache: new InMemoryCache({
        typePolicies: { Query: { fields: { similarImages: relayStylePagination(['by', 'datasets']) } } },
      }),
    });
  });

  it.each<FetchPolicy>(['cache-first', 'network-only', 'no-cache'])(
    'gives each query picture its own hits with %s',
    async (policy) => {
      expect(new Set([...expected.values()].map(String)).size).toBe(PICTURES.length);
      for (const name of [...PICTURES, ...PICTURES]) {
        expect(await search(name, policy)).toEqual(expected.get(name));
      }
    },
  );

  it('gives each query picture its own hits in parallel', async () => {
    const found = await Promise.all(PICTURES.map((name) => search(name)));
    expect(found).toEqual(PICTURES.map((name) => expected.get(name)));
  });

  it('appends pages to each other, in which every image appears once', async () => {
    const asked = { query: SEARCH, variables: { id: queryPictures.get(PICTURES[0]!), first: 30 } };
    const query = client.watchQuery<Found>(asked);
    const subscription = query.subscribe({});
    try {
      await query.refetch();
      for (let page = client.readQuery<Found>(asked); page?.similarImages.pageInfo.hasNextPage === true;) {
        const after = page.similarImages.pageInfo.endCursor;
        const { data } = await query.fetchMore({ variables: { after } });
        expect(data?.similarImages.pageInfo.endCursor).not.toBe(after);
        page = data ?? null;
      }
      const data = client.readQuery<Found>(asked)!;
      const names = namesIn(data);
      expect(names).toHaveLength(100);
      expect(new Set(names).size).toBe(100);
      expect(data.similarImages.edges.map(({ node }) => node.rank)).toEqual(
        Array.from({ length: 100 }, (_, at) => at + 1),
      );
    } finally {
      subscription.unsubscribe();
    }
  });
});
