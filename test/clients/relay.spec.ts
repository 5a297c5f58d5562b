import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import relay, { type GraphQLResponse, type GraphQLTaggedNode, type OperationType } from 'relay-runtime';
import type { Service } from '../e2e/service.ts';
import { serveStamps } from './stamps.ts';

const { Environment, fetchQuery, Network, RecordSource, Store } = relay;
const require = createRequire(import.meta.url);

const SOURCE = `
  graphql\`
    query appModelsQuery { embeddingModels { id spec precision networks { id name precision } } }
  \`;
  graphql\`
    query appImagesQuery($id: ID!, $count: Int!, $cursor: String) {
      images(dataset: $id, first: $count, after: $cursor) @connection(key: "app__images") {
        edges { node { id externalId } }
      }
    }
  \`;
  graphql\`
    query appBackwardsQuery($id: ID!, $count: Int!, $cursor: String) {
      images(dataset: $id, last: $count, before: $cursor) @connection(key: "backwards__images") {
        edges { node { id } }
      }
    }
  \`;
  graphql\`
    fragment app_image on Image @refetchable(queryName: "appImageQuery") { externalId labels { key name } }
  \`;
  graphql\`
    query appNodeQuery($id: ID!) { node(id: $id) { id ...app_image @alias } }
  \`;
  graphql\`
    subscription appJobSubscription($id: ID!) { jobProgress(id: $id) { id state } }
  \`;
`;

describe('Relay', () => {
  let service: Service;
  let datasetId: string;
  let project: string;
  let environment: InstanceType<typeof Environment>;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'lookalike-relay-'));
    ({ service, datasetId } = await serveStamps());
    await mkdir(join(project, 'src'));
    await cp(fileURLToPath(new URL('../../schema.gql', import.meta.url)), join(project, 'schema.graphql'));
    await writeFile(join(project, 'src', 'app.js'), SOURCE);
    await writeFile(join(project, 'package.json'), '{"type":"module"}');
    await writeFile(
      join(project, 'relay.config.json'),
      JSON.stringify({
        src: './src',
        schema: './schema.graphql',
        language: 'javascript',
        eagerEsModules: true,
        artifactDirectory: './artifacts',
        customScalarTypes: { DateTime: 'string', Upload: 'File' },
      }),
    );
    await mkdir(join(project, 'artifacts'));
    const compiler = require.resolve('relay-compiler/cli.js');
    await promisify(execFile)(process.execPath, [compiler, 'relay.config.json'], { cwd: project });
    environment = new Environment({
      store: new Store(new RecordSource()),
      network: Network.create(
        async ({ text }, variables) =>
          (await service.graphql(text ?? '', variables)) as unknown as GraphQLResponse,
      ),
    });
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  const run = async <Query extends OperationType>(name: string, variables: Query['variables'] = {}) => {
    const path = join(project, 'artifacts', `${name}.graphql.js`);
    const { default: artifact } = (await import(path)) as { default: GraphQLTaggedNode };
    return fetchQuery<Query>(environment, artifact, variables).toPromise() as Promise<Query['response']>;
  };

  it('adds to an operation what a connection needs, in both directions', async () => {
    for (const [name, fields] of [
      ['appImagesQuery', ['endCursor', 'hasNextPage']],
      ['appBackwardsQuery', ['startCursor', 'hasPreviousPage']],
    ] as const) {
      const artifact = await readFile(join(project, 'artifacts', `${name}.graphql.js`), 'utf8');
      for (const field of fields) expect(artifact).toContain(field);
    }
    const id = datasetId;
    const forwards = await run('appImagesQuery', { id, count: 2, cursor: null });
    expect(forwards).toMatchObject({
      images: { edges: [{}, {}], pageInfo: { hasNextPage: true, endCursor: expect.any(String) } },
    });
    const backwards = await run('appBackwardsQuery', { id, count: 2, cursor: null });
    expect(backwards).toMatchObject({
      images: { edges: [{}, {}], pageInfo: { hasPreviousPage: true, startCursor: expect.any(String) } },
    });
  });

  it('keeps objects of all types in one store, each under its own id', async () => {
    const { embeddingModels } = (await run('appModelsQuery')) as {
      embeddingModels: { spec: string; precision: string; networks: { precision: string }[] }[];
    };
    const alone = embeddingModels.filter(({ spec }) => spec === 'efficientnet-lite0');
    expect(alone.map(({ precision }) => precision)).toEqual(['int8', 'float32']);
    expect(alone.map(({ networks }) => networks[0]?.precision)).toEqual(['int8', 'float32']);
    await run('appNodeQuery', { id: 'Image:1' });
    await run('appNodeQuery', { id: 'Dataset:1' });
    const records = environment.getStore().getSource();
    expect(records.get('Image:1')).toMatchObject({ __typename: 'Image' });
    expect(records.get('Dataset:1')).toMatchObject({ __typename: 'Dataset' });
    expect(records.get('1')).toBeUndefined();
  });

  it('refetches a fragment through node(id:)', async () => {
    expect(environment.getStore().getSource().get('Image:15')).toBeUndefined();
    await run('appImageQuery', { id: 'Image:15' });
    expect(environment.getStore().getSource().get('Image:15')).toMatchObject({
      externalId: expect.any(String),
    });
  });
});
