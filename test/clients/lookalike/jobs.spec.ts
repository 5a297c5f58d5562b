import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  errorOf,
  JobCancelledError,
  JobNotFoundError,
  LookalikeClient,
  LookalikeError,
  type Job,
} from '@lookalike/client';
import { Service } from '../../e2e/service.ts';
import { samplePath, serveStamps } from '../stamps.ts';

class NoSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly readyState = NoSocket.CLOSED;
  onclose: ((event: { code: number; reason: string }) => void) | undefined;

  constructor() {
    super();
    queueMicrotask(() => this.onclose?.({ code: 1006, reason: '' }));
  }
}

describe('jobs with @lookalike/client', () => {
  let service: Service;
  let restarted: Service | undefined;
  let client: LookalikeClient;
  let requests: string[];

  const clientWith = (webSocket?: unknown) =>
    new LookalikeClient({
      url: `${service.url}/graphql`,
      webSocket,
      fetch: (url, init) => {
        requests.push(init?.method ?? 'GET');
        return fetch(url, init);
      },
    });

  beforeAll(async () => {
    requests = [];
    ({ service } = await serveStamps());
    client = clientWith();
  });
  afterAll(() => restarted?.stop());

  const statesOf = async (of: LookalikeClient, job: Job) => {
    const states: Job[] = [];
    for await (const state of of.watchJob(job, { pollEveryMs: 20 })) states.push(state);
    return states;
  };

  it('watches a build over a WebSocket alone', async () => {
    const job = await client.buildIndex({ dataset: 'stamps', rebuild: true });
    requests.length = 0;
    const states = await statesOf(client, job);
    expect(states.at(-1)).toMatchObject({ id: job.id, state: 'SUCCEEDED', total: 30, done: 30 });
    expect(requests).toEqual([]);
  });

  it.each([
    ['there is no WebSocket', false],
    ['a WebSocket cannot be opened', NoSocket],
  ])('asks for the progress of a job if %s', async (_, webSocket) => {
    const polling = clientWith(webSocket);
    const job = await polling.buildIndex({ dataset: 'stamps', rebuild: true });
    const states = await statesOf(polling, job);
    expect(states.at(-1)).toMatchObject({ state: 'SUCCEEDED', done: 30 });
    expect(new Set(states.map((state) => JSON.stringify(state))).size).toBe(states.length);
  });

  it.each([
    ['over a WebSocket', undefined],
    ['without one', false],
  ])('misses a job that does not exist, %s', async (_, webSocket) => {
    await expect(clientWith(webSocket).finished('Job:999')).rejects.toThrow(JobNotFoundError);
  });

  it('watches a job across a restart of the service', async () => {
    const { port } = new URL(service.url);
    const job = await client.buildIndex({ dataset: 'stamps', model: 'best', rebuild: true });
    const states = client.watchJob(job, { pollEveryMs: 50 });
    expect((await states.next()).value).toMatchObject({
      id: job.id,
      state: expect.stringMatching(/QUEUED|RUNNING/),
    });
    await service.stop();
    service = restarted = await Service.start({ IMPORT_ROOTS: samplePath(''), PORT: port }, service.dataDir);
    const afterwards = (async () => {
      for await (const { id } of states) return id;
      return undefined;
    })();
    expect(await afterwards).toBe(job.id);
    await client.cancelJob(job);
  });

  it('waits for a service that is away, and not for one that refuses', async () => {
    const answers = [503, 503, 502, 400].map((status) => new Response('', { status }));
    const away = new LookalikeClient({
      url: `${service.url}/graphql`,
      webSocket: false,
      retries: 0,
      fetch: async () => answers.shift()!,
    });
    await expect(away.watchJob('Job:1', { pollEveryMs: 1 }).next()).rejects.toMatchObject({ status: 400 });
    expect(answers).toEqual([]);
  });

  it('lists jobs and what failed in them, and throws the reason of a failed job', async () => {
    const path = join(service.dataDir, 'broken.csv');
    await writeFile(path, 'id,path,label\n1,images/none.jpg,x\n2,images/neither.jpg,x\n');
    const file = await import('node:fs').then(({ openAsBlob }) => openAsBlob(path));
    const job = await client.importDataset({
      dataset: 'broken',
      annotations: file,
      imagesRoot: samplePath(''),
    });
    const failed = await client.finished(job).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(LookalikeError);
    expect(failed).toMatchObject({ details: { job: job.id } });
    const [newest] = await client.jobs({ state: 'FAILED' }).toArray(1);
    expect(newest).toMatchObject({ id: job.id, error: { code: (failed as LookalikeError).code } });
    const failures = await client.jobFailures(job).toArray();
    expect(failures.map(({ item }) => item).sort()).toEqual(['1', '2']);
    expect(errorOf(failures[0]!).name).toBe('SourceFileNotFoundError');
  });

  it.each([
    ['over a WebSocket', undefined],
    ['without one', false],
  ])('stops watching when the signal is aborted, %s', async (_, webSocket) => {
    const stop = new AbortController();
    const reason = new Error('The page was closed.');
    const states = clientWith(webSocket).watchJob('Job:1', { signal: stop.signal });
    const first = states.next();
    stop.abort(reason);
    await expect(first).rejects.toBe(reason);
    expect(await states.next()).toEqual({ done: true, value: undefined });
  });

  it('stops between two questions when the signal is aborted', async () => {
    const stop = new AbortController();
    const reason = new Error('The page was closed.');
    const running = new LookalikeClient({
      url: `${service.url}/graphql`,
      webSocket: false,
      fetch: async () => Response.json({ data: { job: { id: 'Job:1', state: 'RUNNING' } } }),
    });
    const states = running.watchJob('Job:1', { signal: stop.signal, pollEveryMs: 600_000 });
    expect((await states.next()).value).toMatchObject({ state: 'RUNNING' });
    const second = states.next();
    stop.abort(reason);
    await expect(second).rejects.toBe(reason);
  });

  it('cancels a job, and says so to those who wait for it', async () => {
    const cancelled = new LookalikeClient({
      url: `${service.url}/graphql`,
      webSocket: false,
      fetch: async () => Response.json({ data: { job: { id: 'Job:1', state: 'CANCELLED', error: null } } }),
    });
    await expect(cancelled.finished('Job:1')).rejects.toThrow(JobCancelledError);
    const job = await client.buildIndex({ dataset: 'stamps', rebuild: true });
    await client.cancelJob(job);
    const ended = client.finished(job).then(
      ({ state }) => state,
      ({ code }: LookalikeError) => code,
    );
    // It may have been faster.
    expect(['JOB_CANCELLED', 'SUCCEEDED']).toContain(await ended);
  });

  it('subscribes with a document of your own, and reports its errors', async () => {
    const document = 'subscription ($id: ID!) { jobProgress(id: $id) { state } }';
    const states: unknown[] = [];
    for await (const data of client.subscribe(document, { id: 'Job:1' })) states.push(data);
    expect(states).toEqual([{ jobProgress: { state: 'SUCCEEDED' } }]);
    const failing = client.subscribe('subscription { nothing }');
    await expect(failing.next()).rejects.toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
  });
});
