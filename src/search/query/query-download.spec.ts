import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HostileServer } from '../../../test/fixtures/hostile-server.ts';
import { loadConfig } from '../../config/index.ts';
import { Downloader, DownloadsConfig, type ResolveName } from '../../downloads/index.ts';
import { downloadQuery } from './query-download.ts';

describe('downloadQuery', () => {
  const server = new HostileServer();
  const options = { maxBytes: 100_000, signal: new AbortController().signal };
  let downloader: Downloader;

  const addresses: Record<string, readonly string[]> = {
    'database.corp.example': ['10.1.2.3'],
    'shop.example': ['127.0.0.1'],
  };
  const resolve: ResolveName = async (name) => {
    if (name === 'closed.example') throw Object.assign(new Error('timeout'), { code: 'ETIMEOUT' });
    return addresses[name] ?? [];
  };
  const open = (settings: Record<string, string> = {}) => {
    const config = loadConfig([DownloadsConfig], {
      DOWNLOAD_ALLOW_LOOPBACK: 'true',
      DOWNLOAD_PORTS: String(server.port),
      DOWNLOAD_ATTEMPTS: '1',
      ...settings,
    }).get(DownloadsConfig) as DownloadsConfig;
    downloader = new Downloader(config, { resolve });
  };
  const refusal = async (url: string) => {
    const error: unknown = await downloadQuery(downloader, url, options).catch((reason: unknown) => reason);
    const { code, message, details } = error as { code: string; message: string; details: object };
    return { code, message, details };
  };

  beforeAll(() => server.start());
  afterAll(() => server.close());
  afterEach(() => downloader.close());

  it('downloads a picture', async () => {
    open();
    expect(await downloadQuery(downloader, server.url('/good/1.jpg', 'shop.example'), options)).toEqual(
      await server.picture(1),
    );
  });

  it('does not reveal whether a private host name exists', async () => {
    open();
    const there = await refusal(server.url('/', 'database.corp.example'));
    expect(there.code).toBe('QUERY_URL_UNREACHABLE');
    expect(await refusal(server.url('/', 'no-such-name.corp.example'))).toEqual(there);
    expect(await refusal(server.url('/', 'closed.example'))).toEqual(there);
    const redirect = (host: string) =>
      server.url(`/redirect-to?url=${encodeURIComponent(server.url('/', host))}`, 'shop.example');
    expect(await refusal(redirect('database.corp.example'))).toEqual(there);
    expect(await refusal(redirect('no-such-name.corp.example'))).toEqual(there);
  });

  it('does not reveal it to repeated requests either', async () => {
    open({ DOWNLOAD_HOST_FAILURES: '2' });
    const there = await refusal(server.url('/', 'database.corp.example'));
    for (let n = 0; n < 5; n += 1) {
      expect(await refusal(server.url('/', 'no-such-name.corp.example'))).toEqual(there);
      expect(await refusal(server.url('/', 'database.corp.example'))).toEqual(there);
    }
  });

  it('reports other failures as they are', async () => {
    open();
    expect((await refusal('file:///etc/passwd')).code).toBe('URL_SCHEME');
    expect((await refusal(server.url('/html', 'shop.example'))).code).toBe('DOWNLOAD_IS_HTML');
    expect((await refusal(server.url('/status/404', 'shop.example'))).code).toBe('DOWNLOAD_HTTP_STATUS');
  });
});
