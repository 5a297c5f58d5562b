import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import type { Service } from '../e2e/service.ts';
import { sampleFile, serveStamps } from './stamps.ts';

interface Model {
  readonly id: string;
  readonly spec: string;
  readonly precision: string;
  readonly networks: readonly { readonly id: string; readonly name: string; readonly precision: string }[];
}

describe('Apollo Client', () => {
  let service: Service;
  let datasetId: string;
  let sockets: Client;
  let client: ApolloClient;

  beforeAll(async () => {
    ({ service, datasetId } = await serveStamps());
    const uri = `${service.url}/graphql`;
    sockets = createClient({ url: uri.replace('http', 'ws'), webSocketImpl: WebSocket });
    client = new ApolloClient({
      cache: new InMemoryCache({ possibleTypes: { Node: ['Dataset', 'Image', 'Job', 'QueryPicture'] } }),
      link: ApolloLink.split(
        ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
        new GraphQLWsLink(sockets),
        new UploadHttpLink({ uri, headers: { 'Apollo-Require-Preflight': 'true' } }),
      ),
    });
  });
  afterAll(async () => {
    client.stop();
    await sockets.dispose();
  });

  it('uploads an image, and finds it in its cache under the id that searches give', async () => {
    const file = new File([new Uint8Array(await sampleFile('queries/fruit-avocado.jpg'))], 'avocado.jpg', {
      type: 'image/jpeg',
    });
    const { data } = await client.mutate<{
      putImages: { results: { __typename: string; image: { id: string } }[] };
    }>({
      mutation: gql`
        mutation ($datasetId: ID!, $file: Upload!) {
          putImages(dataset: $datasetId, images: [{ upload: $file, externalId: "avocado" }]) {
            results {
              ... on EditedImage {
                image {
                  id
                  externalId
                }
              }
            }
          }
        }
      `,
      variables: { datasetId, file },
    });
    const id = data?.putImages.results[0]?.image.id;
    expect(id).toMatch(/^Image:\d+$/);
    const found = client.readFragment({
      id: client.cache.identify({ __typename: 'Image', id }),
      fragment: gql`
        fragment Name on Image {
          externalId
        }
      `,
    });
    expect(found).toMatchObject({ externalId: 'avocado' });
  });

  it('keeps the precisions of one network apart', async () => {
    const query = gql`
      {
        embeddingModels {
          id
          spec
          precision
          networks {
            id
            name
            precision
          }
        }
      }
    `;
    const { data } = await client.query<{ embeddingModels: Model[] }>({ query });
    const alone = data?.embeddingModels.filter(({ spec }) => spec === 'efficientnet-lite0') ?? [];
    expect(alone.map(({ precision }) => precision)).toEqual(['int8', 'float32']);
    expect(alone.map(({ networks }) => networks[0]?.precision)).toEqual(['int8', 'float32']);
  });

  it('refetches an object by its id alone', async () => {
    const query = gql`
      query ($id: ID!) {
        node(id: $id) {
          id
          ... on Dataset {
            name
          }
        }
      }
    `;
    const { data } = await client.query<{ node: unknown }>({ query, variables: { id: datasetId } });
    expect(data?.node).toEqual({ __typename: 'Dataset', id: datasetId, name: 'stamps' });
  });

  it('watches a job to its end', async () => {
    const { data } = await client.mutate<{ buildIndex: { id: string } }>({
      mutation: gql`
        mutation ($id: ID!) {
          buildIndex(input: { dataset: $id }) {
            id
          }
        }
      `,
      variables: { id: datasetId },
    });
    const states: (string | undefined)[] = [];
    await new Promise<void>((resolve, reject) => {
      client
        .subscribe<{ jobProgress: { state: string } }>({
          query: gql`
            subscription ($id: ID!) {
              jobProgress(id: $id) {
                id
                state
              }
            }
          `,
          variables: { id: data?.buildIndex.id },
        })
        .subscribe({
          next: (event) => states.push(event.data?.jobProgress.state),
          error: reject,
          complete: resolve,
        });
    });
    expect(states.at(-1)).toBe('SUCCEEDED');
  });

  it('reports the code of an error', async () => {
    const query = gql`
      {
        similarImages(by: { image: { id: "Image:999" } }) {
          exact
        }
      }
    `;
    await expect(client.query({ query })).rejects.toMatchObject({
      errors: [{ extensions: { code: 'IMAGE_NOT_FOUND' } }],
    });
  });
});
