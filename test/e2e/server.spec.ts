import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startServer } from '../../src/server.ts';
import { Service } from './service.ts';

describe('the server', () => {
  let service: Service;

  beforeAll(async () => {
    service = await Service.start({ CORS_ORIGINS: 'https://shop.example' });
  });
  afterAll(() => service.stopAndForget());

  it('says that it lives and that all it depends on answers', async () => {
    const live = await fetch(`${service.url}/health/live`);
    expect([live.status, await live.json()]).toEqual([200, { status: 'ok' }]);
    const ready = await fetch(`${service.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ok', dependencies: { database: 'ok', 'vector index': 'ok' } },
    ]);
  });

  it('answers unknown addresses with a coded error, as JSON', async () => {
    const response = await fetch(`${service.url}/nowhere`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      errors: [{ message: expect.stringContaining('/nowhere'), extensions: { code: 'NOT_FOUND' } }],
    });
  });

  it('lets named front ends in and no others', async () => {
    const allowedOrigin = async (origin: string) => {
      const response = await fetch(`${service.url}/graphql`, {
        method: 'OPTIONS',
        headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
      });
      return response.headers.get('access-control-allow-origin');
    };
    expect(await allowedOrigin('https://shop.example')).toBe('https://shop.example');
    expect(await allowedOrigin('https://evil.example')).not.toBe('https://evil.example');
  });

  it('blocks requests that a web page of another site could send without asking', async () => {
    const plain = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      body: JSON.stringify({ query: '{ embeddingModels { id } }' }),
    });
    expect(plain.status).toBe(400);
    const { errors } = (await plain.json()) as { errors: { message: string; extensions: object }[] };
    expect(errors).toEqual([
      {
        message: expect.stringContaining('add the header "Apollo-Require-Preflight: true"'),
        extensions: { code: 'CSRF_BLOCKED' },
      },
    ]);
    const upload = await service.graphql(
      'query ($file: Upload!) { similarImages(by: { upload: $file }) { nodes { rank } } }',
      { file: null },
      { 'variables.file': { name: 'a.jpg', bytes: new Uint8Array(10) } },
      {},
    );
    expect(upload.status).toBe(400);
    expect(upload.errors?.[0]?.extensions.code).toBe('CSRF_BLOCKED');
  });

  it('refuses a foreign host name, under which a page could pass as one of ours', async () => {
    const { port } = new URL(service.url);
    const { default: http } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      http
        .get(
          { host: '127.0.0.1', port, path: '/health/live', headers: { Host: `evil.example:${port}` } },
          (response) => {
            response.resume();
            resolve(response.statusCode);
          },
        )
        .on('error', reject);
    });
    expect(status).toBe(403);
  });

  it('opens WebSockets for its own origin and named ones only', async () => {
    const query = 'subscription { jobProgress(id: "999") { id } }';
    const failure = async (origin: string) => {
      try {
        for await (const event of service.subscribe(query, {}, origin)) return event;
        return undefined;
      } catch (error) {
        return error;
      }
    };
    expect(String(await failure('https://shop.example'))).toContain('"code":"JOB_NOT_FOUND"');
    expect(String(await failure('https://evil.example'))).not.toContain('JOB_NOT_FOUND');
  });

  it('answers a JSON body that is too large or broken with a coded error', async () => {
    const post = (body: string) =>
      fetch(`${service.url}/graphql`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
      });
    const large = await post(
      JSON.stringify({ query: '{ embeddingModels { id } }', variables: { x: 'x'.repeat(300_000) } }),
    );
    expect(large.status).toBe(413);
    expect(await large.json()).toMatchObject({ errors: [{ extensions: { code: 'REQUEST_TOO_LARGE' } }] });
    const broken = await post('{ "query": ');
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });

  it('says what is wrong with a query, with a code and without a stack', async () => {
    const { status, errors } = await service.graphql('{ nonsense }');
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
  });
});

describe('a start that cannot succeed', () => {
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  const start = (settings: Record<string, string>) =>
    startServer({ PORT: '0', LOOKALIKE_DATA_DIR: dataDir, ...settings }, false);

  it('reports every invalid setting', async () => {
    await expect(
      start({ PORT: 'http', LOOKALIKE_OPEN: 'perhaps', CORS_ORIGINS: 'shop.example' }),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { keys: ['PORT', 'LOOKALIKE_OPEN', 'CORS_ORIGINS'] },
    });
  });

  it.each([
    ['an address beyond loopback', { HOST: '0.0.0.0' }, 'HOST_REFUSED', 'LOOKALIKE_OPEN'],
    ['an unknown model', { EMBEDDING_MODEL: 'alexnet' }, 'MODEL_UNKNOWN', 'efficientnet-lite0'],
    ['an unknown vector index', { VECTOR_INDEX: 'abacus' }, 'CONFIG_INVALID', 'embedded'],
    ['what is no model', { EMBEDDING_MODEL: 'efficientnet-lite0@' }, 'MODEL_SPEC_INVALID', 'network+network'],
    [
      'a network of no known precision',
      { EMBEDDING_MODEL: 'efficientnet-lite2:float32' },
      'MODEL_UNKNOWN',
      'int8',
    ],
  ])('refuses %s and says what to do', async (_what, settings, code, hint) => {
    await expect(start(settings)).rejects.toMatchObject({ code, message: expect.stringContaining(hint) });
  });

  it('refuses a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    await expect(start({ PORT: String(port) })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(String(port)),
    });
    await new Promise((resolve) => other.close(resolve));
  });

  it('refuses a damaged database, and leaves it as it is', async () => {
    const damaged = await mkdtemp(join(tmpdir(), 'lookalike-'));
    await writeFile(join(damaged, 'lookalike.db'), 'no database at all'.repeat(500));
    await expect(start({ LOOKALIKE_DATA_DIR: damaged })).rejects.toMatchObject({ code: 'DATABASE_CORRUPT' });
    expect(await readdir(damaged)).toEqual(['lookalike.db']);
    await rm(damaged, { recursive: true });
  });
});
