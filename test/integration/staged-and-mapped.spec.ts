import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom } from '../contracts/vectors.ts';
import { Service } from '../e2e/service.ts';
import { start } from './lookalike.ts';
import { SmallDisk } from './small-disk.ts';

const samples = fileURLToPath(new URL('../../samples/stamps/images', import.meta.url));
const CREATE = 'mutation { createStage { id } }';
const STAGE = `mutation ($stage: ID!, $files: [StagedFileInput!]!) {
  stageFiles(stage: $stage, files: $files) { files bytes }
}`;
const IMPORT = `mutation ($stage: ID!) {
  importDataset(input: { dataset: "staged", stage: $stage }) { id datasetId }
}`;
const INDEX = 'mutation { buildIndex(input: { dataset: "staged" }) { id } }';
const MAP = 'mutation { buildMap(dataset: "staged") { id } }';
const BUILT = '{ dataset(name: "staged") { imageCount map { imageCount stale } } }';
const BATCH = 10;

interface Answer<Data> {
  readonly data?: Data;
  readonly errors?: readonly { readonly extensions: { readonly code?: string } }[];
}

async function ask<Data>(url: string, query: string, variables: object = {}, files: readonly string[] = []) {
  const operations = JSON.stringify({ query, variables });
  let body: string | FormData = operations;
  if (files.length > 0) {
    body = new FormData();
    body.append('operations', operations);
    body.append(
      'map',
      JSON.stringify(Object.fromEntries(files.map((_, n) => [n, [`variables.files.${n}.upload`]]))),
    );
    for (const [n, file] of files.entries()) {
      body.append(String(n), new Blob([new Uint8Array(await readFile(join(samples, file)))]), file);
    }
  }
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    body,
    headers: {
      'Apollo-Require-Preflight': 'true',
      Connection: 'close',
      ...(files.length === 0 && { 'Content-Type': 'application/json' }),
    },
  });
  return (await response.json()) as Answer<Data>;
}

const stageOf = (files: readonly string[]) =>
  files.map((file) => ({ path: `${file.split('-')[0]}/${file}`, upload: null }));

/** The files that are neither the database's nor complete. */
async function unfinished(dataDir: string): Promise<string[]> {
  const names = await readdir(dataDir, { recursive: true });
  return names.filter((name) => /(?:^|\/)tmp\/./.test(name) && /^(?:stages|maps|images)\//.test(name));
}

async function jobEnd(url: string, id: string): Promise<{ state: string; error: { code: string } | null }> {
  for (;;) {
    const { data, errors } = await ask<{ job: { state: string; error: { code: string } | null } }>(
      url,
      'query ($id: ID!) { job(id: $id) { state error { code } } }',
      { id },
    );
    if (data == null) throw new Error(JSON.stringify(errors));
    if (data.job.state !== 'QUEUED' && data.job.state !== 'RUNNING') return data.job;
    await sleep(50);
  }
}

/** A server that can be killed. */
class Server {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async on(dataDir: string): Promise<Server> {
    const child = start(dataDir, ['serve', '--port', '0']);
    child.stderr?.resume();
    for await (const line of createInterface(child.stdout!)) {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (url === undefined) continue;
      child.stdout!.resume();
      return new Server(child, url);
    }
    throw new Error('The server did not start');
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }
}

describe('a server that is killed', () => {
  let dataDir: string;
  let server: Server;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
    server = await Server.on(dataDir);
  });
  afterEach(async () => {
    await server.end('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  });

  it('keeps what was staged completely, and builds the map that was asked for', async () => {
    const random = seededRandom(14);
    const files = (await readdir(samples)).toSorted();
    const { data } = await ask<{ createStage: { id: string } }>(server.url, CREATE);
    const stage = data!.createStage.id;
    let kills = 0;
    for (let from = 0; from < files.length;) {
      const some = files.slice(from, from + BATCH);
      const sent = ask<{ stageFiles: { files: number } }>(
        server.url,
        STAGE,
        { stage, files: stageOf(some) },
        some,
      ).catch(() => undefined);
      if (kills < 5 && random() < 0.7) {
        await sleep(random() * 60);
        await server.end('SIGKILL');
        kills += 1;
        await sent;
        server = await Server.on(dataDir);
        expect(await unfinished(dataDir)).toEqual([]);
        continue;
      }
      expect((await sent)?.errors).toBeUndefined();
      from += BATCH;
    }
    expect(kills).toBeGreaterThan(2);
    const imported = await ask<{ importDataset: { id: string } }>(server.url, IMPORT, { stage });
    expect((await jobEnd(server.url, imported.data!.importDataset.id)).state).toBe('SUCCEEDED');
    const built = await ask<{ buildIndex: { id: string } }>(server.url, INDEX);
    expect((await jobEnd(server.url, built.data!.buildIndex.id)).state).toBe('SUCCEEDED');

    const { data: asked } = await ask<{ buildMap: { id: string } }>(server.url, MAP);
    for (let kill = 0; kill < 4; kill += 1) {
      await sleep(random() * 500);
      await server.end('SIGKILL');
      server = await Server.on(dataDir);
    }
    expect(await jobEnd(server.url, asked!.buildMap.id)).toEqual({ state: 'SUCCEEDED', error: null });
    const { data: found } = await ask(server.url, BUILT);
    expect(found).toEqual({
      dataset: { imageCount: files.length, map: { imageCount: files.length, stale: false } },
    });
    expect((await readdir(join(dataDir, 'maps'))).filter((name) => name !== 'tmp')).toHaveLength(1);
    expect(await unfinished(dataDir)).toEqual([]);
  });
});

const mountable = SmallDisk.mount(1);
mountable?.unmount();

(mountable === undefined ? describe.skip : describe)('a server on a full disk', () => {
  let disk: SmallDisk;
  let service: Service;
  beforeEach(async () => {
    disk = SmallDisk.mount(40)!;
    service = await Service.start({}, disk.path);
  });
  afterEach(async () => {
    await service.stop();
    disk.unmount();
  });
  const codesOf = (answer: Answer<unknown>) => answer.errors?.map(({ extensions }) => extensions.code) ?? [];

  it('refuses to stage files with STORAGE_FULL, keeps those before, and goes on once there is space', async () => {
    const files = (await readdir(samples)).toSorted();
    const { data } = await ask<{ createStage: { id: string } }>(service.url, CREATE);
    const stage = data!.createStage.id;
    const put = (some: readonly string[]) =>
      ask<{ stageFiles: { files: number } }>(service.url, STAGE, { stage, files: stageOf(some) }, some);
    expect((await put(files.slice(0, 50))).data!.stageFiles.files).toBe(50);

    disk.fill();
    expect(codesOf(await put(files.slice(50)))).toEqual(['STORAGE_FULL']);
    // Space for some of them.
    disk.leave(40);
    expect(codesOf(await put(files.slice(50)))).toEqual(['STORAGE_FULL']);
    expect(await unfinished(disk.path)).toEqual([]);
    disk.free();
    expect((await put(files.slice(50))).data!.stageFiles.files).toBe(files.length);

    const imported = await ask<{ importDataset: { id: string } }>(service.url, IMPORT, { stage });
    expect((await jobEnd(service.url, imported.data!.importDataset.id)).state).toBe('SUCCEEDED');
    const { data: found } = await ask<{ dataset: { imageCount: number } }>(service.url, BUILT);
    expect(found!.dataset.imageCount).toBe(files.length);
  });

  it('ends a map with STORAGE_FULL, keeps the last one, and leaves no file behind', async () => {
    const files = (await readdir(samples)).toSorted();
    const { data } = await ask<{ createStage: { id: string } }>(service.url, CREATE);
    const stage = data!.createStage.id;
    for (const some of [files.slice(0, 50), files.slice(50)]) {
      await ask(service.url, STAGE, { stage, files: stageOf(some) }, some);
    }
    const imported = await ask<{ importDataset: { id: string } }>(service.url, IMPORT, { stage });
    expect((await jobEnd(service.url, imported.data!.importDataset.id)).state).toBe('SUCCEEDED');
    const built = await ask<{ buildIndex: { id: string } }>(service.url, INDEX);
    expect((await jobEnd(service.url, built.data!.buildIndex.id)).state).toBe('SUCCEEDED');
    const build = async () => {
      const answer = await ask<{ buildMap: { id: string } }>(service.url, MAP);
      if (answer.data === undefined || answer.data === null)
        return { state: 'REFUSED', error: { code: codesOf(answer)[0] } };
      return jobEnd(service.url, answer.data.buildMap.id);
    };
    expect((await build()).state).toBe('SUCCEEDED');
    const [kept] = (await readdir(join(disk.path, 'maps'))).filter((name) => name !== 'tmp');

    // From no page at all to enough of them: each write fails once.
    const outcomes = new Set<string>();
    for (let pages = 0; pages <= 40; pages += 2) {
      disk.fill();
      disk.leave(pages);
      const { state, error } = await build();
      outcomes.add(state);
      if (state !== 'SUCCEEDED') expect(error?.code).toBe('STORAGE_FULL');
      const maps = (await readdir(join(disk.path, 'maps'))).filter((name) => name !== 'tmp');
      expect(maps).toHaveLength(1);
      if (outcomes.size === 1 && state !== 'SUCCEEDED') expect(maps).toEqual([kept]);
      expect(await unfinished(disk.path)).toEqual([]);
      const { data: found } = await ask(service.url, BUILT);
      expect(found).toMatchObject({ dataset: { map: { imageCount: files.length } } });
      disk.free();
    }
    expect(outcomes).toContain('FAILED');
    expect(await build()).toEqual({ state: 'SUCCEEDED', error: null });
  });
});
