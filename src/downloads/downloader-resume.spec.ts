import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  cutAfter,
  failing,
  FileServer,
  rangesOf,
  whole,
  type Answer,
} from '../../test/fixtures/file-server.ts';
import { loadConfig } from '../config/index.ts';
import { Downloader } from './downloader.ts';
import { DownloadsConfig } from './downloads.config.ts';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7) % 251));
const { signal } = new AbortController();

describe('Downloader.resumeToFile', () => {
  let folder: string;
  let path: string;
  let server: FileServer;
  let downloader: Downloader;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    path = join(folder, 'file');
  });
  afterEach(async () => {
    await downloader.close();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  const start = async (...answers: Answer[]) => {
    server = await FileServer.start(...answers);
    const environment = { DOWNLOAD_ALLOW_LOOPBACK: 'true', DOWNLOAD_PORTS: String(server.port) };
    const config = loadConfig([DownloadsConfig], environment).get(DownloadsConfig) as DownloadsConfig;
    downloader = new Downloader(config, {
      clock: { now: () => performance.now(), sleep: async () => undefined, random: () => 0 },
    });
  };

  it('fetches a whole file', async () => {
    await start(rangesOf(content));
    expect(await downloader.resumeToFile(server.url(), path, { signal })).toMatchObject({
      length: content.length,
      attempts: 1,
    });
    expect((await readFile(path)).equals(content)).toBe(true);
    expect(server.ranges).toEqual([undefined]);
  });

  it('requests the rest of what exists already', async () => {
    await start(rangesOf(content));
    await writeFile(path, content.subarray(0, 1000));
    await downloader.resumeToFile(server.url(), path, { signal });
    expect((await readFile(path)).equals(content)).toBe(true);
    expect(server.ranges).toEqual(['bytes=1000-']);
  });

  it('resumes where a connection was cut', async () => {
    await start(cutAfter(content, 100_000), cutAfter(content, 100_000), rangesOf(content));
    expect(await downloader.resumeToFile(server.url(), path, { signal })).toMatchObject({ attempts: 3 });
    expect((await readFile(path)).equals(content)).toBe(true);
    expect(server.ranges[0]).toBeUndefined();
    expect(server.ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? ''))).toBe(true);
  });

  it('starts again if the server does not support ranges', async () => {
    await start(whole(content));
    await writeFile(path, 'something else');
    await downloader.resumeToFile(server.url(), path, { signal });
    expect((await readFile(path)).equals(content)).toBe(true);
  });

  it('refuses a different part than the one it requested', async () => {
    await start((response) => {
      response.writeHead(206, { 'content-range': 'bytes 5-9/10' }).end('56789');
    });
    await writeFile(path, 'abc');
    await expect(downloader.resumeToFile(server.url(), path, { signal })).rejects.toMatchObject({
      code: 'DOWNLOAD_INVALID_RESPONSE',
    });
    expect(await readFile(path, 'utf8')).toBe('abc');
  });

  it('does not accept a part of a file if it requested all of it', async () => {
    await start(failing(206));
    await expect(downloader.resumeToFile(server.url(), path, { signal })).rejects.toMatchObject({
      code: 'DOWNLOAD_HTTP_STATUS',
    });
  });
});
