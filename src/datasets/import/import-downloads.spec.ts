import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { HostileServer } from '../../../test/fixtures/hostile-server.ts';
import { isHad, mixedCatalogue } from '../../../test/fixtures/mixed-catalogue.ts';

describe('an import from URLs', () => {
  let server: HostileServer;
  let app: DatasetsApp;

  const open = async (settings: Record<string, string> = {}) => {
    app = await DatasetsApp.open({
      settings: { DOWNLOAD_PORTS: String(server.port), DOWNLOAD_TIMEOUT_MS: '2000', ...settings },
    });
  };
  /** Annotations of images with these URLs, under the ids 1, 2, 3 … and label 7. */
  const annotations = async (...urls: (string | string[])[]) => {
    const file = join(app.database.dataDir, `annotations-${urls.length}.json`);
    const images = urls.map((url, at) => ({ image_id: at + 1, url: Array.isArray(url) ? url : [url] }));
    const labels = urls.map((_, at) => ({ image_id: at + 1, label_id: 7 }));
    await writeFile(file, JSON.stringify({ images, annotations: labels }));
    return { kind: 'annotations', annotationsPath: file } as const;
  };
  const ledger = async () => {
    const { id } = await app.dataset();
    const rows = await app.ledger.list(id, {}, { limit: 10_000 });
    return rows.map(({ externalId, state, code, httpStatus }) => [externalId, state, code, httpStatus]);
  };
  const requests = () => [...server.allRequests()].reduce((sum, [, times]) => sum + times, 0);

  beforeEach(async () => {
    server = new HostileServer({ failureShare: 0.3, seed: 7 });
    await server.start();
    await open();
  });
  afterEach(async () => {
    await app.close();
    await server.close();
  });

  it('imports what is good, lists what is not, and records every URL', async () => {
    const source = await annotations(
      server.url('/good/1.jpg'),
      server.url('/status/404'),
      server.url('/html'),
      server.url('/truncated/4.jpg'),
      server.url('/text'),
      'ftp://shop.localhost/5.jpg',
      'http://10.0.0.1/6.jpg',
    );
    const run = await app.import(source);
    expect(run.done).toBe(1);
    expect(run.failures.map(({ item, code }) => [item, code]).sort()).toEqual([
      ['2', 'DOWNLOAD_HTTP_STATUS'],
      ['3', 'DOWNLOAD_IS_HTML'],
      ['4', 'IMAGE_CORRUPT'],
      ['5', 'UNSUPPORTED_MEDIA_TYPE'],
      ['6', 'URL_SCHEME'],
      ['7', expect.stringMatching(/^URL_/)],
    ]);
    expect((await ledger()).sort()).toEqual([
      ['1', 'SUCCEEDED', null, 200],
      ['2', 'FAILED', 'DOWNLOAD_HTTP_STATUS', 404],
      ['3', 'FAILED', 'DOWNLOAD_IS_HTML', 200],
      ['4', 'FAILED', 'IMAGE_CORRUPT', 200],
      ['5', 'FAILED', 'UNSUPPORTED_MEDIA_TYPE', 200],
      ['6', 'FAILED', 'URL_SCHEME', null],
      ['7', 'FAILED', expect.stringMatching(/^URL_/), null],
    ]);
    expect(run.bytes).toBeGreaterThan(0);
    const { id } = await app.dataset();
    expect((await app.images.list(id, { limit: 9 })).map(({ sourceUrl }) => sourceUrl)).toEqual([
      server.url('/good/1.jpg'),
    ]);
  });

  it('tries all URLs of an image in order, until one is good', async () => {
    const source = await annotations([
      server.url('/status/404'),
      server.url('/html'),
      server.url('/good/1.jpg'),
    ]);
    const run = await app.import(source);
    expect([run.done, run.failures]).toEqual([1, []]);
    expect((await ledger()).map(([, state]) => state)).toEqual(['FAILED', 'FAILED', 'SUCCEEDED']);
  });

  it('requests nothing again that it has, when it resumes after an interruption', async () => {
    const catalogue = mixedCatalogue({ count: 120, hosts: 3, port: server.port, seed: 7, failureShare: 0.3 });
    const source = await annotations(...catalogue.map(({ url }) => url));
    const request = { dataset: 'clothes', source };
    const job = await app.imports.enqueueImport(request, { trusted: true });
    await expect(app.run(job, 40)).rejects.toThrow();
    const { id } = await app.dataset();
    const before = await app.ledger.list(id, { state: 'SUCCEEDED' }, { limit: 1_000 });
    expect(before.length).toBeGreaterThan(0);
    const asked = new Map(server.allRequests());

    const run = await app.run(job);
    for (const { url } of before) {
      const key = url.replace(/^http:\/\//, '').replace(`:${server.port}`, '');
      expect([url, server.allRequests().get(key)]).toEqual([url, asked.get(key)]);
    }
    expect(run.done).toBe(catalogue.filter(({ kind }) => isHad(kind)).length);
    expect(run.failures).toHaveLength(catalogue.filter(({ kind }) => !isHad(kind)).length);
  });

  it('does not download stored bytes again, even if the row of the image is gone', async () => {
    const source = await annotations(server.url('/good/1.jpg'), server.url('/good/2.jpg'));
    await app.import(source);
    await app.db.deleteFrom('image_labels').execute();
    await app.db.deleteFrom('images').execute();
    const before = requests();
    expect((await app.import(source)).done).toBe(2);
    expect(requests()).toBe(before);
  });

  it('retries failed downloads on request, all or by reason, without the annotations', async () => {
    const source = await annotations(
      server.url('/status/404'),
      server.url('/reset-once/2.jpg'),
      server.url('/html'),
    );
    const first = await app.import(source);
    expect(first.failures.length).toBeGreaterThanOrEqual(2);
    const { id } = await app.dataset();

    const byReason = await app.run(await app.downloads.retryFailed(id, ['DOWNLOAD_IS_HTML']));
    expect([byReason.total, byReason.failures.map(({ item }) => item)]).toEqual([1, ['3']]);
    const all = await app.run(await app.downloads.retryFailed(id));
    expect(all.total).toBe(first.failures.length);
    expect((await app.images.list(id, { limit: 9 })).every(({ labels }) => labels[0] === '7')).toBe(true);
    await expect(app.downloads.retryFailed(99)).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
  });

  it('refuses to retry for a reason that does not exist, and names those recorded', async () => {
    await app.import(await annotations(server.url('/html'), server.url('/status/404')));
    const { id } = await app.dataset();
    await expect(app.downloads.retryFailed(id, ['DOWNLOAD_IS_HTML', 'NOSUCH'])).rejects.toMatchObject({
      code: 'DOWNLOAD_REASON_UNKNOWN',
      message: expect.stringContaining('failed for: DOWNLOAD_HTTP_STATUS, DOWNLOAD_IS_HTML.'),
      details: { reason: 'NOSUCH', recorded: ['DOWNLOAD_HTTP_STATUS', 'DOWNLOAD_IS_HTML'] },
    });
    expect((await app.run(await app.downloads.retryFailed(id, ['DOWNLOAD_TIMEOUT']))).total).toBe(0);
  });

  it('does not ask a dead host for all of its URLs, and can retry them all', async () => {
    const dead = new HostileServer();
    await dead.start();
    const gone = Array.from({ length: 40 }, (_, at) => dead.url(`/good/${at}.jpg`));
    const ports = `${server.port},${dead.port}`;
    await dead.close();
    await app.close();
    await open({ DOWNLOAD_PORTS: ports, DOWNLOAD_HOST_FAILURES: '2', DOWNLOAD_CONCURRENCY: '1' });

    const run = await app.import(await annotations(...gone, server.url('/good/1.jpg')));
    expect([run.done, run.failures.length]).toEqual([1, 40]);
    const { id } = await app.dataset();
    const down = { state: 'FAILED', codes: ['DOWNLOAD_HOST_DOWN'] } as const;
    const rows = await app.ledger.list(id, down, { limit: 100 });
    expect(rows.length).toBeGreaterThanOrEqual(30);
    expect(new Set(rows.map(({ attempts }) => attempts))).toEqual(new Set([0]));
    const refused = { state: 'FAILED', codes: ['DOWNLOAD_CONNECT_FAILED'] } as const;
    expect(await app.ledger.count(id, refused)).toBe(40 - rows.length);
    expect((await app.run(await app.downloads.retryFailed(id))).total).toBe(40);
  });

  it('removes placeholder pictures: the same bytes from many URLs of one host', async () => {
    const urls = Array.from({ length: 25 }, (_, at) => server.url(`/placeholder/${at}.jpg`));
    const run = await app.import(await annotations(...urls, server.url('/good/1.jpg')));
    expect(run.done).toBe(1);
    expect(run.failures).toHaveLength(25);
    expect(new Set(run.failures.map(({ code }) => code))).toEqual(new Set(['DOWNLOAD_PLACEHOLDER']));
    const { id } = await app.dataset();
    expect(await app.images.count(id)).toBe(1);
    expect(await app.ledger.count(id, { state: 'FAILED', codes: ['DOWNLOAD_PLACEHOLDER'] })).toBe(25);
  });

  it('reports by reason and host, and as CSV without formulas for spreadsheets', async () => {
    const run = await app.import(
      await annotations(
        server.url('/status/404', 'a.localhost'),
        server.url('/status/404', 'b.localhost'),
        '=cmd()',
      ),
    );
    expect(run.failures).toHaveLength(3);
    const { id } = await app.dataset();
    const counts = (await app.downloads.report(id)).map(({ host, code, urls }) => [host, code, urls]);
    expect(counts).toContainEqual(['a.localhost', 'DOWNLOAD_HTTP_STATUS', 1]);
    expect(counts).toContainEqual(['b.localhost', 'DOWNLOAD_HTTP_STATUS', 1]);
    let csv = '';
    for await (const line of app.downloads.csv(id)) csv += line;
    const lines = csv.trimEnd().split('\r\n');
    expect(lines[0]).toBe('external_id,url,host,state,reason,http_status,attempts,bytes,ms,tried_at');
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(csv).not.toContain(',=cmd()');
  });
});
