import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serveStamps } from '../clients/stamps.ts';
import type { Service } from '../e2e/service.ts';

const run = promisify(execFile);
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

describe('gql, the GraphQL client for Python', () => {
  let service: Service;
  let environment: string;

  beforeAll(async () => {
    environment = await mkdtemp(join(tmpdir(), 'lookalike-gql-'));
    await run('python3', ['-m', 'venv', environment]);
    const pip = join(environment, 'bin', 'pip');
    await run(pip, ['install', '--quiet', '--requirement', file('gql-client/requirements.txt')]);
    ({ service } = await serveStamps());
  });
  afterAll(() => rm(environment, { recursive: true, force: true }));

  it('validates against the schema, uploads, finds a node, reads an error and watches a job', async () => {
    const { stdout } = await run(join(environment, 'bin', 'python'), [
      file('gql-client/client.py'),
      `${service.url}/graphql`,
      file('../../schema.gql'),
      file('../../samples/stamps/queries/fruit-avocado.jpg'),
    ]);
    expect(JSON.parse(stdout)).toEqual({
      hits: 3,
      node: { __typename: 'Image', id: expect.stringMatching(/^Image:\d+$/) },
      code: 'IMAGE_NOT_FOUND',
      states: ['SUCCEEDED'],
    });
  });
});
