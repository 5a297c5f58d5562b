import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { buildConnector } from 'undici';
import { FakeClock } from '../../../test/fakes/fake.clock.ts';
import { HostileServer } from '../../../test/fixtures/hostile-server.ts';
import { loadConfig } from '../../config/index.ts';
import { Downloader } from '../downloader.ts';
import type { DownloaderParts } from '../url-fetcher.ts';
import { DownloadsConfig } from '../downloads.config.ts';
import { HostBreaker, PROBE_AFTER_MS } from './host-breaker.ts';

const HOST = 'https://shop.example';

describe('HostBreaker', () => {
  let clock: FakeClock;
  let breaker: HostBreaker;

  beforeEach(() => {
    clock = new FakeClock();
    breaker = new HostBreaker(3, clock);
  });
  const fail = (times: number, origin = HOST) => {
    for (let n = 0; n < times; n += 1) breaker.failed(origin);
  };

  it('gives up on a host after a number of failures in a row', () => {
    fail(2);
    expect([breaker.isDown(HOST), breaker.letThrough(HOST)]).toEqual([false, true]);
    fail(1);
    expect([breaker.isDown(HOST), breaker.letThrough(HOST)]).toEqual([true, false]);
  });

  it('starts counting again after an answer', () => {
    fail(2);
    breaker.answered(HOST);
    fail(2);
    expect(breaker.isDown(HOST)).toBe(false);
  });

  it('blames neither other hosts nor the same one under another scheme', () => {
    fail(3);
    expect(breaker.isDown('https://other.example')).toBe(false);
    expect(breaker.isDown('http://shop.example')).toBe(false);
  });

  it('lets one request through per pause', () => {
    fail(3);
    clock.pass(PROBE_AFTER_MS - 1);
    expect(breaker.letThrough(HOST)).toBe(false);
    clock.pass(1);
    expect(breaker.isDown(HOST)).toBe(false);
    expect([1, 2, 3].map(() => breaker.letThrough(HOST))).toEqual([true, false, false]);
    // Nothing was heard of that one.
    clock.pass(PROBE_AFTER_MS);
    expect(breaker.letThrough(HOST)).toBe(true);
    fail(1);
    clock.pass(PROBE_AFTER_MS - 1);
    expect(breaker.letThrough(HOST)).toBe(false);
  });

  it('trusts a host again after its first answer', () => {
    fail(3);
    clock.pass(PROBE_AFTER_MS);
    breaker.letThrough(HOST);
    breaker.answered(HOST);
    expect([1, 2, 3].map(() => breaker.letThrough(HOST))).toEqual([true, true, true]);
    expect(breaker.hosts).toBe(0);
  });

  it('never gives up if that is turned off', () => {
    breaker = new HostBreaker(0, clock);
    fail(1_000);
    expect([breaker.letThrough(HOST), breaker.hosts]).toEqual([true, 0]);
  });

  it('remembers no more than ten thousand hosts', () => {
    fail(3);
    for (let n = 0; n < 10_000; n += 1) breaker.failed(`https://${n}.example`);
    expect(breaker.hosts).toBe(10_000);
    expect(breaker.isDown(HOST)).toBe(false);
  });
});

describe('Downloader and a host that is down', () => {
  const server = new HostileServer();
  const { signal } = new AbortController();
  const opened: Downloader[] = [];
  const connect = buildConnector({ timeout: 5_000, allowH2: false });
  let clock: FakeClock;
  let dead: boolean;
  let connections: number;

  /** Connections to anywhere are refused while `dead` is set. */
  const open: buildConnector.connector = (options, callback) => {
    connections += 1;
    if (dead) callback(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), null);
    else connect(options, callback);
  };
  function downloader(settings: Record<string, string> = {}, parts: DownloaderParts = {}): Downloader {
    const config = loadConfig([DownloadsConfig], {
      DOWNLOAD_ALLOW_LOOPBACK: 'true',
      DOWNLOAD_PORTS: `80,${server.port}`,
      DOWNLOAD_HOST_FAILURES: '3',
      ...settings,
    }).get(DownloadsConfig) as DownloadsConfig;
    const made = new Downloader(config, { clock, open, ...parts });
    opened.push(made);
    return made;
  }
  const fetch = async (made: Downloader, url: string) =>
    made.download(url, { signal }).then(
      () => 'had',
      ({ code, details }: { code: string; details: { attempts?: number } }) => `${code} ${details.attempts}`,
    );
  const inTurn = async (made: Downloader, urls: readonly string[]) => {
    const results: string[] = [];
    for (const url of urls) results.push(await fetch(made, url));
    return results;
  };
  const good = (count: number, host?: string) =>
    Array.from({ length: count }, (_, id) => server.url(`/good/${id}.jpg`, host));

  beforeAll(() => server.start());
  afterAll(() => server.close());
  beforeEach(() => {
    server.reset();
    clock = new FakeClock();
    dead = false;
    connections = 0;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((made) => made.close()));
  });

  it('fails its other URLs immediately, without a request', async () => {
    dead = true;
    expect(await inTurn(downloader(), good(6))).toEqual([
      'DOWNLOAD_CONNECT_FAILED 3',
      'DOWNLOAD_CONNECT_FAILED 3',
      'DOWNLOAD_CONNECT_FAILED 3',
      'DOWNLOAD_HOST_DOWN 0',
      'DOWNLOAD_HOST_DOWN 0',
      'DOWNLOAD_HOST_DOWN 0',
    ]);
    expect(connections).toBe(9);
  });

  it('says what to do', async () => {
    dead = true;
    const made = downloader({ DOWNLOAD_HOST_FAILURES: '1', DOWNLOAD_ATTEMPTS: '1' });
    await inTurn(made, good(1));
    await expect(made.download(server.url('/good/1.jpg'), { signal })).rejects.toMatchObject({
      message: expect.stringContaining('--retry-failed'),
      details: { host: 'shop.localhost' },
    });
  });

  it('also fails those that are waiting for their turn', async () => {
    dead = true;
    const made = downloader({ DOWNLOAD_CONCURRENCY_PER_HOST: '1', DOWNLOAD_ATTEMPTS: '1' });
    const results = await Promise.all(good(50).map((url) => fetch(made, url)));
    expect(results.filter((result) => result === 'DOWNLOAD_CONNECT_FAILED 1')).toHaveLength(3);
    expect(results.filter((result) => result === 'DOWNLOAD_HOST_DOWN 0')).toHaveLength(47);
    expect(connections).toBe(3);
  });

  it('reports for a URL that was tried before what went wrong then', async () => {
    dead = true;
    const made = downloader({ DOWNLOAD_HOST_FAILURES: '1', DOWNLOAD_CONCURRENCY_PER_HOST: '1' });
    const results = await Promise.all(good(2).map((url) => fetch(made, url)));
    // Both were asked once or more when the first of them failed for good.
    expect(results.map((result) => result.split(' ')[0])).toEqual([
      'DOWNLOAD_CONNECT_FAILED',
      'DOWNLOAD_CONNECT_FAILED',
    ]);
  });

  it('continues with the other hosts', async () => {
    const made = downloader({}, { resolve: async (name) => (name.startsWith('dead') ? [] : ['127.0.0.1']) });
    expect((await inTurn(made, good(4, 'dead.localhost'))).at(-1)).toBe('DOWNLOAD_HOST_DOWN 0');
    expect(await inTurn(made, good(4, 'alive.localhost'))).toEqual(['had', 'had', 'had', 'had']);
  });

  it('tries again after a pause, and fetches everything once there is an answer, even an error', async () => {
    dead = true;
    const made = downloader();
    await inTurn(made, good(3));
    clock.pass(PROBE_AFTER_MS);
    // The probe is a single request.
    expect(await inTurn(made, good(2))).toEqual(['DOWNLOAD_CONNECT_FAILED 1', 'DOWNLOAD_HOST_DOWN 0']);
    dead = false;
    expect(await inTurn(made, good(1))).toEqual(['DOWNLOAD_HOST_DOWN 0']);
    clock.pass(PROBE_AFTER_MS);
    expect(await inTurn(made, [server.url('/status/404'), ...good(3)])).toEqual([
      'DOWNLOAD_HTTP_STATUS 1',
      'had',
      'had',
      'had',
    ]);
  });

  it('counts names that do not resolve and requests without an answer', async () => {
    const names = downloader({}, { resolve: async () => [] });
    expect(await inTurn(names, good(4))).toEqual([
      ...Array.from({ length: 3 }, () => 'DOWNLOAD_DNS_FAILED 1'),
      'DOWNLOAD_HOST_DOWN 0',
    ]);
    const hangUp = Array.from({ length: 4 }, () => server.url('/hang-up'));
    expect((await inTurn(downloader(), hangUp)).at(-1)).toBe('DOWNLOAD_HOST_DOWN 0');
    const stalls = Array.from({ length: 4 }, () => server.url('/stall'));
    const hurried = downloader({ DOWNLOAD_TIMEOUT_MS: '20', DOWNLOAD_ATTEMPTS: '1' });
    expect((await inTurn(hurried, stalls)).at(-1)).toBe('DOWNLOAD_HOST_DOWN 0');
  });

  it.each(['/status/404', '/status/503', '/html', '/reset/1.jpg', '/truncated/1.jpg', '/redirect-loop'])(
    'counts nothing that a host answers, as %s',
    async (path) => {
      const results = await inTurn(
        downloader(),
        Array.from({ length: 8 }, () => server.url(path)),
      );
      expect(new Set(results).size).toBe(1);
      expect(results[0]).not.toContain('DOWNLOAD_HOST_DOWN');
    },
  );

  it('counts URLs, not attempts, so that a host that stumbles now and then is not given up on', async () => {
    const flaky: buildConnector.connector = (options, callback) => {
      dead = !dead;
      open(options, callback);
    };
    const made = downloader({ DOWNLOAD_HOST_FAILURES: '1' }, { open: flaky });
    const urls = Array.from({ length: 5 }, (_, n) => server.url('/good/1.jpg', `shop-${n}.localhost`));
    expect(await inTurn(made, urls)).toEqual(['had', 'had', 'had', 'had', 'had']);
  });

  it('blames a failure after a redirect on the host there', async () => {
    const resolve = async (name: string) => (name.startsWith('dead') ? [] : ['127.0.0.1']);
    const made = downloader({}, { resolve });
    const there = server.url('/redirect-to?url=http://dead.localhost/');
    expect(await inTurn(made, [there, there, there, there])).toEqual([
      ...Array.from({ length: 3 }, () => 'DOWNLOAD_DNS_FAILED 1'),
      'DOWNLOAD_HOST_DOWN 1',
    ]);
    expect(await inTurn(made, good(1))).toEqual(['had']);
  });
});
