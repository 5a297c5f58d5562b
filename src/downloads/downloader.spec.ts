import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { buildConnector } from 'undici';
import { loadConfig } from '../config/index.ts';
import { FakeClock } from '../../test/fakes/fake.clock.ts';
import { HostileServer } from '../../test/fixtures/hostile-server.ts';
import { isHad, mixedCatalogue } from '../../test/fixtures/mixed-catalogue.ts';
import { Downloader } from './downloader.ts';
import { DownloadsConfig } from './downloads.config.ts';
import type { DownloaderParts } from './url-fetcher.ts';

const MEGABYTE = 1024 * 1024;
const server = new HostileServer();
const { signal } = new AbortController();
const opened: Downloader[] = [];

function downloader(environment: Record<string, string> = {}, parts: DownloaderParts = {}): Downloader {
  const config = loadConfig([DownloadsConfig], {
    DOWNLOAD_ALLOW_LOOPBACK: 'true',
    DOWNLOAD_PORTS: String(server.port),
    ...environment,
  }).get(DownloadsConfig) as DownloadsConfig;
  const made = new Downloader(config, { clock: new FakeClock(), ...parts });
  opened.push(made);
  return made;
}

beforeAll(() => server.start());
afterAll(() => server.close());
beforeEach(() => server.reset());
afterEach(async () => {
  await Promise.all(opened.splice(0).map((made) => made.close()));
});

describe('Downloader', () => {
  it('fetches a picture and reports the facts', async () => {
    const url = server.url('/good/7.jpg');
    const downloaded = await downloader().download(url, { signal });
    expect(downloaded.bytes).toEqual(await server.picture(7));
    expect(downloaded).toMatchObject({ url, status: 200, contentType: 'image/jpeg', attempts: 1 });
  });

  it('sends its user agent and what it accepts', async () => {
    await downloader().download(server.url('/good/1.jpg'), { signal });
    expect(server.lastHeaders).toMatchObject({ accept: 'image/*, */*;q=0.5' });
    expect(server.lastHeaders['user-agent']).toMatch(/^Lookalike\/\d+\.\d+\.\d+ /);

    const named = downloader({ DOWNLOAD_USER_AGENT: 'Shop/2' });
    await named.download(server.url('/good/1.jpg'), { signal, accept: 'application/json' });
    expect(server.lastHeaders).toMatchObject({
      host: `shop.localhost:${server.port}`,
      'user-agent': 'Shop/2',
      accept: 'application/json',
    });
  });

  it.each(['gzip', 'br', 'deflate', 'deflate-raw'])('decompresses %s', async (encoding) => {
    const { bytes } = await downloader().download(server.url(`/${encoding}/3.jpg`), { signal });
    expect(bytes).toEqual(await server.picture(3));
  });

  it('keeps connections for the next download', async () => {
    const made = downloader();
    for (let id = 1; id <= 5; id += 1) await made.download(server.url(`/good/${id}.jpg`), { signal });
    expect(server.connections).toBe(1);
  });

  it.each<[path: string, code: string, details: { status?: number; attempts?: number }]>([
    ['/status/404', 'DOWNLOAD_HTTP_STATUS', { status: 404, attempts: 1 }],
    ['/status/401', 'DOWNLOAD_HTTP_STATUS', { status: 401, attempts: 1 }],
    ['/status/206', 'DOWNLOAD_HTTP_STATUS', { status: 206, attempts: 1 }],
    ['/status/304', 'DOWNLOAD_HTTP_STATUS', { status: 304, attempts: 1 }],
    ['/slow-404', 'DOWNLOAD_HTTP_STATUS', { status: 404, attempts: 1 }],
    ['/status/500', 'DOWNLOAD_HTTP_STATUS', { status: 500, attempts: 3 }],
    ['/status/503', 'DOWNLOAD_HTTP_STATUS', { status: 503, attempts: 3 }],
    ['/status/501', 'DOWNLOAD_HTTP_STATUS', { status: 501, attempts: 1 }],
    ['/html', 'DOWNLOAD_IS_HTML', { status: 200, attempts: 1 }],
    ['/noai/1.jpg?tag=noai', 'DOWNLOAD_FORBIDDEN_BY_ROBOTS', { status: 200, attempts: 1 }],
    ['/noai/1.jpg?tag=noindex&tag=lookalike:+noimageai', 'DOWNLOAD_FORBIDDEN_BY_ROBOTS', { status: 200 }],
    ['/hang-up', 'DOWNLOAD_RESET', { attempts: 3 }],
    ['/reset/1.jpg', 'DOWNLOAD_RESET', { attempts: 3, status: 200 }],
    ['/length-too-long', 'DOWNLOAD_TRUNCATED', { attempts: 3, status: 200 }],
    ['/cut-chunked', 'DOWNLOAD_TRUNCATED', { attempts: 3, status: 200 }],
    ['/gzip-cut/1.jpg', 'DOWNLOAD_TRUNCATED', { attempts: 3, status: 200 }],
    ['/gzip-wrong/1.jpg', 'DOWNLOAD_ENCODING', { attempts: 1, status: 200 }],
    ['/encoding-unknown/1.jpg', 'DOWNLOAD_ENCODING', { attempts: 1, status: 200 }],
    ['/garbage', 'DOWNLOAD_INVALID_RESPONSE', { attempts: 1 }],
    ['/redirect/4', 'DOWNLOAD_REDIRECTS', { attempts: 1, status: 302 }],
    ['/redirect-loop', 'DOWNLOAD_REDIRECTS', { attempts: 1, status: 302 }],
    ['/redirect-nowhere', 'DOWNLOAD_REDIRECTS', { attempts: 1, status: 302 }],
    ['/redirect-to?url=http://', 'DOWNLOAD_REDIRECTS', { attempts: 1, status: 302 }],
  ])('fails at %s with %s', async (path, code, details) => {
    const url = server.url(path);
    await expect(downloader().download(url, { signal })).rejects.toMatchObject({
      code,
      details: { host: 'shop.localhost', ...details },
    });
    if (!path.startsWith('/redirect')) expect(server.requests(url)).toBe(details.attempts ?? 1);
  });

  it.each(['/text', '/empty', '/svg', '/truncated/1.jpg', '/length-too-short'])(
    'leaves it to the decoder to judge %s',
    async (path) => {
      expect(await downloader().download(server.url(path), { signal })).toMatchObject({ status: 200 });
    },
  );

  it('continues with the same host after a response that was longer than declared', async () => {
    const made = downloader();
    expect((await made.download(server.url('/length-too-short'), { signal })).bytes).toHaveLength(100);
    expect((await made.download(server.url('/good/2.jpg'), { signal })).bytes).toEqual(
      await server.picture(2),
    );
  });

  it('fetches what is marked noai if configured to, and what is so marked for others', async () => {
    const ignoring = downloader({ DOWNLOAD_RESPECT_NOAI: 'false' });
    await ignoring.download(server.url('/noai/1.jpg?tag=noai'), { signal });
    await downloader().download(server.url('/noai/1.jpg?tag=otherbot:+noai'), { signal });
  });

  it('follows three redirects', async () => {
    const { url, bytes } = await downloader().download(server.url('/redirect/3'), { signal });
    expect(url).toBe(server.url('/good/1.jpg'));
    expect(bytes).toEqual(await server.picture(1));
  });

  it.each<[string, BufferEncoding, string]>([
    ['UTF-8', 'utf8', 'caf%C3%A9%E5%BA%97'],
    ['Latin-1', 'latin1', 'caf%E9'],
    ['escapes', 'utf8', 'caf%C3%A9%20au%20lait'],
  ])('asks for the bytes that a redirect names in raw %s', async (name, encoding, asked) => {
    const written = { 'UTF-8': 'café店', 'Latin-1': 'café', escapes: asked }[name]!;
    // A server writes each of these characters as one byte.
    const location = Buffer.from(`/good/5.jpg?name=${written}`, encoding).toString('latin1');
    const { url } = await downloader().download(
      server.url(`/redirect-to?url=${encodeURIComponent(location)}`),
      { signal },
    );
    expect(url).toBe(server.url(`/good/5.jpg?name=${asked}`));
  });

  it('follows a redirect to another host and waits for its turn there', async () => {
    const there = server.url('/good/5.jpg', 'other.localhost');
    const { url } = await downloader({ DOWNLOAD_CONCURRENCY: '1' }).download(
      server.url(`/redirect-to?url=${there}`),
      {
        signal,
      },
    );
    expect(url).toBe(there);
  });

  it('names the host that failed after a redirect', async () => {
    const there = server.url('/status/404', 'other.localhost');
    await expect(
      downloader().download(server.url(`/redirect-to?url=${there}`), { signal }),
    ).rejects.toMatchObject({
      details: { host: 'other.localhost', status: 404 },
    });
  });

  it('does not fall back to plain HTTP if a server does not speak TLS', async () => {
    const url = server.url('/good/1.jpg').replace('http:', 'https:');
    await expect(downloader().download(url, { signal })).rejects.toMatchObject({
      code: 'DOWNLOAD_TLS_FAILED',
      details: { attempts: 1 },
    });
  });

  it('reports a refused connection', async () => {
    const closed = new HostileServer();
    await closed.start();
    const url = closed.url('/good/1.jpg');
    const { port } = closed;
    await closed.close();
    await expect(
      downloader({ DOWNLOAD_PORTS: String(port) }).download(url, { signal }),
    ).rejects.toMatchObject({
      code: 'DOWNLOAD_CONNECT_FAILED',
      details: { attempts: 3 },
    });
  });

  it('writes to a file, and overwrites it in each attempt', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    try {
      const path = join(folder, 'file');
      const made = downloader();
      const file = await made.downloadToFile(server.url('/reset-once/9.jpg'), path, { signal });
      expect(await readFile(path)).toEqual(await server.picture(9));
      expect(file).toMatchObject({ attempts: 2, length: (await server.picture(9)).length });

      const large = server.url('/endless');
      const refused = made.downloadToFile(large, path, { signal, maxBytes: MEGABYTE });
      await expect(refused).rejects.toMatchObject({ code: 'DOWNLOAD_TOO_LARGE' });
      await expect(made.downloadToFile(server.url('/html'), path, { signal })).rejects.toMatchObject({
        code: 'DOWNLOAD_IS_HTML',
      });
      const nowhere = made.downloadToFile(server.url('/good/1.jpg'), join(folder, 'no', 'file'), { signal });
      await expect(nowhere).rejects.toMatchObject({ code: 'ENOENT' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('Downloader and addresses that must not be reached', () => {
  /** Neither resolves nor connects, but counts; real connections are out of the question. */
  function closedWorld(names: Record<string, string[] | Error> = {}) {
    const counts = { resolved: 0, connected: [] as string[] };
    const made = downloader(
      { DOWNLOAD_ALLOW_LOOPBACK: 'false', DOWNLOAD_PORTS: '80,443' },
      {
        resolve: async (hostname) => {
          counts.resolved += 1;
          const addresses = names[hostname] ?? [];
          if (addresses instanceof Error) throw addresses;
          return addresses;
        },
        open: ({ hostname }, callback) => {
          counts.connected.push(hostname);
          callback(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), null);
        },
      },
    );
    return { made, counts };
  }

  it.each([
    ['http://10.0.0.1/', 'URL_BLOCKED'],
    ['http://169.254.169.254/latest/meta-data/', 'URL_BLOCKED'],
    ['http://[::ffff:7f00:1]/', 'URL_BLOCKED'],
    ['http://2130706433/', 'URL_BLOCKED'],
    ['http://localhost./', 'URL_BLOCKED'],
    ['file:///etc/passwd', 'URL_SCHEME'],
    ['data:image/png;base64,AAAA', 'URL_SCHEME'],
    ['http://example.org:22/', 'URL_SCHEME'],
  ])('asks nobody about %s', async (url, code) => {
    const { made, counts } = closedWorld();
    await expect(made.download(url, { signal })).rejects.toMatchObject({ code });
    expect(counts).toEqual({ resolved: 0, connected: [] });
  });

  it.each([
    ['private', ['192.168.0.10']],
    ['loopback', ['127.0.0.1']],
    ['metadata', ['169.254.169.254']],
    ['unspecified', ['0.0.0.0']],
    ['IPv6 loopback', ['::1']],
    ['IPv4-mapped', ['::ffff:10.0.0.1']],
    ['NAT64', ['64:ff9b::a00:1']],
    ['with a zone', ['fe80::1%eth0']],
    ['mixed, private last', ['93.184.215.14', '10.0.0.1']],
    ['mixed, private first', ['10.0.0.1', '93.184.215.14']],
    ['mixed families', ['93.184.215.14', 'fd00::1']],
    ['far down the list', [...Array.from({ length: 20 }, (_, at) => `93.184.215.${at}`), '127.0.0.1']],
    ['no address at all', ['elsewhere.example']],
  ])('connects to none of the addresses of a name: %s', async (_, addresses) => {
    const { made, counts } = closedWorld({ 'trap.example': addresses });
    const downloading = made.download('https://trap.example/a.jpg', { signal });
    await expect(downloading).rejects.toMatchObject({
      code: 'URL_BLOCKED',
      details: { host: 'trap.example', attempts: 1 },
    });
    expect(counts).toEqual({ resolved: 1, connected: [] });
    const error = await downloading.catch((thrown: Error) => thrown);
    for (const address of addresses)
      expect(JSON.stringify({ ...(error as object), error })).not.toContain(address);
  });

  it('connects only to the addresses it checked, IPv4 first', async () => {
    const { made, counts } = closedWorld({ 'shop.example': ['2606:4700::1', '93.184.215.14'] });
    await expect(made.download('http://shop.example/a.jpg', { signal })).rejects.toMatchObject({
      code: 'DOWNLOAD_CONNECT_FAILED',
    });
    expect(counts.resolved).toBe(3);
    expect(counts.connected.slice(0, 2)).toEqual(['93.184.215.14', '2606:4700::1']);
  });

  it.each([
    [{ code: 'ENOTFOUND' }, 1],
    [{ code: 'ENODATA' }, 1],
    [{ code: 'ESERVFAIL' }, 3],
    [{ code: 'ETIMEOUT' }, 3],
  ])('tells a name that cannot be resolved: %o, %i attempts', async (failure, attempts) => {
    const { made, counts } = closedWorld({ 'gone.example': Object.assign(new Error('dns'), failure) });
    await expect(made.download('http://gone.example/a.jpg', { signal })).rejects.toMatchObject({
      code: 'DOWNLOAD_DNS_FAILED',
      details: { host: 'gone.example', attempts },
    });
    expect(counts).toEqual({ resolved: attempts, connected: [] });
  });

  it('treats a name without addresses as one that cannot be resolved', async () => {
    const { made } = closedWorld();
    await expect(made.download('http://void.example/', { signal })).rejects.toMatchObject({
      code: 'DOWNLOAD_DNS_FAILED',
    });
  });

  it('gives up on a name server that does not answer', async () => {
    const made = downloader(
      { DOWNLOAD_CONNECT_TIMEOUT_MS: '20' },
      { resolve: () => new Promise(() => undefined), open: () => undefined },
    );
    const url = server.url('/good/1.jpg', 'silent.example');
    await expect(made.download(url, { signal })).rejects.toMatchObject({ code: 'DOWNLOAD_CONNECT_FAILED' });
  });

  it('drops a connection that is established too late', async () => {
    let late: ReturnType<typeof connect> | undefined;
    const made = downloader(
      { DOWNLOAD_CONNECT_TIMEOUT_MS: '20', DOWNLOAD_ATTEMPTS: '1' },
      {
        open: (_, callback) => {
          const socket = connect(server.port, '127.0.0.1');
          late = socket;
          setTimeout(() => callback(null, socket), 60);
        },
      },
    );
    await expect(made.download(server.url('/good/1.jpg'), { signal })).rejects.toMatchObject({
      code: 'DOWNLOAD_CONNECT_FAILED',
    });
    await new Promise((resolve) => late?.once('close', resolve));
    expect(server.requests()).toBe(0);
  });

  /** `trap.example` is the hostile server on its first connection, then what it says. */
  function rebinding(answers: string[][]) {
    const connected: string[] = [];
    const open = buildConnector({ timeout: 5_000 });
    const made = downloader(
      {},
      {
        resolve: async (hostname) =>
          hostname.endsWith('.example') ? (answers.shift() ?? []) : ['127.0.0.1'],
        open: (target, callback) => {
          connected.push(target.hostname);
          open(target, callback);
        },
      },
    );
    return { made, connected };
  }

  it('resolves once per connection, and refuses a name whose address has become private', async () => {
    const { made, connected } = rebinding([['127.0.0.1'], ['10.0.0.1']]);
    await made.download(server.url('/good/1.jpg', 'trap.example'), { signal });
    // The first connection is kept and leads where it was allowed to; a new one is checked again.
    await made.download(server.url('/good/2.jpg', 'trap.example'), { signal });
    await expect(made.download(server.url('/hang-up', 'trap.example'), { signal })).rejects.toMatchObject({
      code: 'URL_BLOCKED',
    });
    expect(connected).toEqual(['127.0.0.1']);
  });

  it.each([
    ['http://169.254.169.254/latest/meta-data/', 'URL_BLOCKED'],
    ['http://[::ffff:a00:1]/', 'URL_BLOCKED'],
    ['//10.0.0.1/', 'URL_BLOCKED'],
    ['http://0x0a000001/', 'URL_BLOCKED'],
    ['file:///etc/passwd', 'URL_SCHEME'],
    ['data:image/png;base64,AAAA', 'URL_SCHEME'],
    ['ftp://example.org/a.jpg', 'URL_SCHEME'],
    ['http://user:secret@shop.localhost/', 'URL_SCHEME'],
    ['http://shop.localhost:22/', 'URL_SCHEME'],
  ])('does not follow a redirect to %s', async (target, code) => {
    const { made, connected } = rebinding([]);
    const port = server.port;
    const location = code === 'URL_BLOCKED' ? new URL(target, 'http://x').href : target;
    const to =
      code === 'URL_BLOCKED' ? Object.assign(new URL(location), { port: String(port) }).href : location;
    const url = server.url(`/redirect-to?url=${encodeURIComponent(to)}`);
    await expect(made.download(url, { signal })).rejects.toMatchObject({ code, details: { attempts: 1 } });
    expect(connected).toEqual(['127.0.0.1']);
    expect(server.requests()).toBe(1);
  });

  it('does not follow a redirect to a private name', async () => {
    const { made, connected } = rebinding([['192.168.1.1']]);
    const target = server.url('/good/1.jpg', 'intranet.example');
    const url = server.url(`/redirect-to?url=${encodeURIComponent(target)}`);
    await expect(made.download(url, { signal })).rejects.toMatchObject({
      code: 'URL_BLOCKED',
      details: { host: 'intranet.example' },
    });
    expect(connected).toEqual(['127.0.0.1']);
  });
});

describe('Downloader and oversized bodies', () => {
  const short = { DOWNLOAD_TIMEOUT_MS: '150', DOWNLOAD_ATTEMPTS: '1' };

  it.each(['/drip', '/stall', '/tiny-chunks-that-stall'])('stops %s at the time limit', async (path) => {
    const url = server.url(path === '/tiny-chunks-that-stall' ? '/claims-gigabyte' : path);
    const made = downloader({ ...short, DOWNLOAD_MAX_BYTES: String(1024 * MEGABYTE) });
    await expect(made.download(url, { signal })).rejects.toMatchObject({
      code: 'DOWNLOAD_TIMEOUT',
      details: { host: 'shop.localhost', attempts: 1 },
    });
  });

  it('tries again after a time limit', async () => {
    const made = downloader({ ...short, DOWNLOAD_ATTEMPTS: '2' });
    await expect(made.download(server.url('/stall'), { signal })).rejects.toMatchObject({
      code: 'DOWNLOAD_TIMEOUT',
      details: { attempts: 2 },
    });
  });

  it('refuses a declared length above the limit before it reads the body', async () => {
    const url = server.url('/claims-gigabyte');
    await expect(downloader().download(url, { signal })).rejects.toMatchObject({
      code: 'DOWNLOAD_TOO_LARGE',
      details: { limit: 20 * MEGABYTE, status: 200, attempts: 1 },
    });
  });

  it('reads little more than the limit of an endless body', async () => {
    const url = server.url('/endless');
    await expect(downloader().download(url, { signal, maxBytes: MEGABYTE })).rejects.toMatchObject({
      code: 'DOWNLOAD_TOO_LARGE',
      details: { limit: MEGABYTE },
    });
    while (server.bytesSent(url) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    // What the sockets of both sides hold comes on top.
    expect(server.bytesSent(url)).toBeLessThan(16 * MEGABYTE);
  });

  it.each(['gzip', 'br', 'deflate'])(
    'counts the bytes of a %s bomb after decompression',
    async (encoding) => {
      const url = server.url(`/${encoding}-bomb`);
      await expect(downloader().download(url, { signal, maxBytes: 2 * MEGABYTE })).rejects.toMatchObject({
        code: 'DOWNLOAD_TOO_LARGE',
        details: { limit: 2 * MEGABYTE, attempts: 1 },
      });
    },
  );

  it('accepts a body of exactly the limit, and not a byte more', async () => {
    const { length } = await server.picture(4);
    for (const path of ['/good/4.jpg', '/gzip/4.jpg']) {
      await downloader().download(server.url(path), { signal, maxBytes: length });
      await expect(
        downloader().download(server.url(path), { signal, maxBytes: length - 1 }),
      ).rejects.toMatchObject({ code: 'DOWNLOAD_TOO_LARGE' });
    }
  });

  it('assembles a body that arrives byte by byte', async () => {
    const { bytes } = await downloader().download(server.url('/tiny-chunks/20000'), { signal });
    expect(bytes.equals(Buffer.alloc(20_000, 'x'))).toBe(true);
  });
});

describe('Downloader and retries', () => {
  it.each([
    ['7', 7_000],
    ['1000000000', 60_000],
  ])('waits as long as Retry-After: %s asks, at most a minute', async (asked, ms) => {
    const clock = new FakeClock();
    const url = server.url(`/retry-after/${asked}/1.jpg`);
    const { attempts } = await downloader({}, { clock }).download(url, { signal });
    expect(attempts).toBe(2);
    // Once for the host, once for the download.
    expect(clock.sleeps).toEqual([ms, ms]);
  });

  it('waits until the date in Retry-After', async () => {
    const clock = new FakeClock();
    await downloader({}, { clock }).download(server.url('/retry-after/date/1.jpg'), { signal });
    expect(clock.sleeps[0]).toBeGreaterThan(20_000);
    expect(clock.sleeps[0]).toBeLessThanOrEqual(30_000);
  });

  it('backs off longer each time, with jitter', async () => {
    const clock = new FakeClock();
    const made = downloader({ DOWNLOAD_ATTEMPTS: '5' }, { clock });
    await expect(made.download(server.url('/status/500'), { signal })).rejects.toMatchObject({
      details: { attempts: 5 },
    });
    expect(clock.sleeps).toEqual([250, 500, 1_000, 2_000]);
  });

  it.each(['/reset-once/1.jpg', '/unavailable-once/1.jpg'])('gets %s at the second attempt', async (path) => {
    const downloaded = await downloader().download(server.url(path), { signal });
    expect(downloaded).toMatchObject({ attempts: 2 });
    expect(downloaded.bytes).toEqual(await server.picture(1));
  });

  it('gives up on a server that always asks to wait', async () => {
    await expect(downloader().download(server.url('/always-429'), { signal })).rejects.toMatchObject({
      code: 'DOWNLOAD_HTTP_STATUS',
      details: { status: 429, attempts: 3 },
    });
    expect(server.requests()).toBe(3);
  });

  /** Time that stands still until it is let go. */
  function stillClock() {
    const clock = new FakeClock();
    const asleep: (() => void)[] = [];
    clock.sleep = (ms, stop) => {
      clock.sleeps.push(ms);
      return new Promise((resolve, reject) => {
        asleep.push(resolve);
        stop?.addEventListener('abort', () => reject(stop.reason as Error));
      });
    };
    return { clock, wake: () => asleep.splice(0).forEach((resolve) => resolve()) };
  }

  it('continues with other hosts while one has asked for a pause, and sends that one nothing', async () => {
    const { clock, wake } = stillClock();
    const made = downloader({ DOWNLOAD_CONCURRENCY: '1' }, { clock });
    const first = made.download(server.url('/retry-after/60/1.jpg', 'busy.localhost'), { signal });
    while (clock.sleeps.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));

    const held = made.download(server.url('/good/9.jpg', 'busy.localhost'), { signal });
    for (let id = 1; id <= 10; id += 1) {
      await made.download(server.url(`/good/${id}.jpg`, 'idle.localhost'), { signal });
    }
    expect(server.requests(server.url('/good/9.jpg', 'busy.localhost'))).toBe(0);

    wake();
    expect(await first).toMatchObject({ attempts: 2 });
    expect(await held).toMatchObject({ attempts: 1 });
  });

  it('continues with other hosts while one is slow', async () => {
    const made = downloader({ DOWNLOAD_CONCURRENCY: '8', DOWNLOAD_CONCURRENCY_PER_HOST: '2' });
    const cancel = new AbortController();
    const slow = Array.from({ length: 20 }, (_, id) =>
      made.download(server.url(`/stall?${id}`, 'slow.localhost'), { signal: cancel.signal }),
    );
    const settled = Promise.allSettled(slow);
    const quick = Array.from({ length: 20 }, (_, id) =>
      made.download(server.url(`/good/${id}.jpg`, 'quick.localhost'), { signal }),
    );
    await Promise.all(quick);
    expect(server.mostAtOnce('slow.localhost')).toBe(2);
    cancel.abort(new Error('enough'));
    expect((await settled).every(({ status }) => status === 'rejected')).toBe(true);
  });

  it('keeps to the limits of requests per host and overall', async () => {
    const made = downloader({ DOWNLOAD_CONCURRENCY: '5', DOWNLOAD_CONCURRENCY_PER_HOST: '3' });
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 40 }, async (_, id) => {
        const host = `shop-${id % 4}.localhost`;
        await made.download(server.url(`/slow/5/${id}.jpg`, host), { signal });
        running = [0, 1, 2, 3].reduce((sum, at) => sum + server.atOnce(`shop-${at}.localhost`), 0);
        most = Math.max(most, running);
      }),
    );
    for (let at = 0; at < 4; at += 1)
      expect(server.mostAtOnce(`shop-${at}.localhost`)).toBeLessThanOrEqual(3);
    expect(most).toBeLessThanOrEqual(5);
    expect(server.connections).toBeLessThanOrEqual(12);
  });
});

describe('Downloader when cancelled', () => {
  it.each(['/stall', '/drip', '/endless'])(
    'stops in the middle of %s, and closes the connection',
    async (path) => {
      const cancel = new AbortController();
      const reason = new Error('cancelled');
      const made = downloader({ DOWNLOAD_MAX_BYTES: String(1024 * MEGABYTE) });
      const came = server.nextRequest();
      const downloading = made.download(server.url(path), { signal: cancel.signal });
      await came;
      cancel.abort(reason);
      await expect(downloading).rejects.toBe(reason);
      while (server.openConnections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  );

  it('sends nothing if it was cancelled before', async () => {
    const reason = new Error('cancelled');
    const downloading = downloader().download(server.url('/good/1.jpg'), {
      signal: AbortSignal.abort(reason),
    });
    await expect(downloading).rejects.toBe(reason);
    expect(server.requests()).toBe(0);
  });

  it('stops while it is waiting for another attempt, for its turn or for a connection', async () => {
    const cancel = new AbortController();
    const clock = new FakeClock();
    clock.sleep = (_ms, stop) =>
      new Promise((_, reject) => stop?.addEventListener('abort', () => reject(stop.reason as Error)));
    const made = downloader({ DOWNLOAD_CONCURRENCY: '2' }, { clock });
    const options = { signal: cancel.signal };
    const came = server.nextRequest();
    const all = Promise.allSettled([
      made.download(server.url('/retry-after/60/1.jpg', 'busy.localhost'), options),
      made.download(server.url('/good/1.jpg', 'busy.localhost'), options),
      ...Array.from({ length: 5 }, (_, id) => made.download(server.url(`/stall?${id}`), options)),
    ]);
    await came;
    cancel.abort(new Error('cancelled'));
    for (const result of await all) expect(result.status === 'fulfilled' || result.reason).toBeTruthy();

    // Nothing is held: the next ones get their turns.
    await Promise.all([2, 3, 4].map((id) => made.download(server.url(`/good/${id}.jpg`), { signal })));
  });

  it('does not start what was cancelled while its connection was being established', async () => {
    const cancel = new AbortController();
    const open = buildConnector({ timeout: 5_000 });
    let connected: Promise<unknown> | undefined;
    const made = downloader(
      {},
      {
        open: (target, callback) => {
          connected = new Promise((resolve) =>
            open(target, (...result) => {
              callback(...result);
              setImmediate(resolve);
            }),
          );
          cancel.abort(new Error('cancelled'));
        },
      },
    );
    await expect(made.download(server.url('/good/1.jpg'), { signal: cancel.signal })).rejects.toThrow(
      'cancelled',
    );
    await connected;
    expect(server.requests()).toBe(0);
  });
});

describe('Downloader and a mixed catalogue', () => {
  it('fetches everything that is available, and gives a reason for the rest', async () => {
    const images = mixedCatalogue({ count: 300, hosts: 10, port: server.port });
    const made = downloader();
    const results = await Promise.all(
      images.map(({ url }) =>
        made.download(url, { signal }).then(
          ({ bytes }) => bytes,
          ({ code }: { code: string }) => code,
        ),
      ),
    );
    const bad = images.filter(({ kind }) => kind !== 'good');
    expect(bad.length / images.length).toBeGreaterThan(0.06);
    for (const [at, { id, kind }] of images.entries()) {
      const expected = { missing: 'DOWNLOAD_HTTP_STATUS', html: 'DOWNLOAD_IS_HTML' };
      if (kind === 'missing' || kind === 'html') expect(results[at]).toBe(expected[kind]);
      else if (isHad(kind)) expect(results[at]).toEqual(await server.picture(id));
      else expect((results[at] as Buffer).length).toBeLessThan((await server.picture(id)).length);
    }
    for (let at = 1; at <= 10; at += 1) {
      expect(server.mostAtOnce(`shop-${at}.localhost`)).toBeLessThanOrEqual(4);
    }
  });
});
