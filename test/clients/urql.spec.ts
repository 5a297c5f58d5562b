import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient, type Client as SocketClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { Service } from '../e2e/service.ts';
import { sampleFile, serveStamps } from './stamps.ts';

interface Hits {
  similarImages: { nodes: { score: number; image: { id: string; labels: { name: string }[] } }[] };
}

const SEARCH = `query ($file: Upload!) {
  similarImages(by: { upload: $file }, first: 3) { nodes { score image { id labels { name } } } }
}`;

describe('urql', () => {
  let service: Service;
  let sockets: SocketClient;
  let client: Client;

  beforeAll(async () => {
    ({ service } = await serveStamps());
    const url = `${service.url}/graphql`;
    sockets = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket });
    client = new Client({
      url,
      preferGetMethod: false,
      fetchOptions: { headers: { 'Apollo-Require-Preflight': 'true' } },
      exchanges: [
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: ({ query, variables }) => ({
            subscribe: (sink) => ({
              unsubscribe: sockets.subscribe({ query: query ?? '', variables }, sink),
            }),
          }),
        }),
      ],
    });
  });
  afterAll(() => sockets.dispose());

  it('searches with an upload, and each picture gets its own hits', async () => {
    const search = async (name: string) => {
      const file = new File([new Uint8Array(await sampleFile(`queries/${name}`))], name);
      const { data, error } = await client.query<Hits>(SEARCH, { file }).toPromise();
      expect(error).toBeUndefined();
      return data?.similarImages.nodes.map(({ image }) => image.id);
    };
    const fruit = await search('fruit-avocado.jpg');
    const house = await search('house-igloo.jpg');
    expect(fruit).toHaveLength(3);
    expect(house).toHaveLength(3);
    expect(house).not.toEqual(fruit);
  });

  it('watches a job to its end', async () => {
    const states: (string | undefined)[] = [];
    await new Promise<void>((resolve) => {
      const subscription = client
        .subscription<{ jobProgress: { state: string } }>(
          'subscription { jobProgress(id: "Job:1") { state } }',
          {},
        )
        .subscribe(({ data }) => {
          states.push(data?.jobProgress.state);
          if (states.at(-1) === 'SUCCEEDED') {
            subscription.unsubscribe();
            resolve();
          }
        });
    });
    expect(states).toEqual(['SUCCEEDED']);
  });

  it('reports the code of a refusal before GraphQL', async () => {
    const { error } = await client.query('{ nothing }', {}).toPromise();
    expect(error?.graphQLErrors[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });
});
