import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { FakeJobRun } from '../../../test/fakes/fake.job-run.ts';
import { blobsOf } from '../../../test/fixtures/pictures.ts';
import { writeBelow } from '../../../test/fixtures/written-files.ts';
import { ValidatingServer } from '../../../test/fixtures/validating-server.ts';
import { SharpImageCheck } from '../import/sharp.image-check.ts';
import type { ImportRequest, ImportSource, SyncOptions } from '../import/import-input.ts';

const OPTIONS: SyncOptions = { overwrite: false, compare: 'METADATA', maxDelete: 1 };

let app: DatasetsApp;
let folder: string;
let server: ValidatingServer;
let checks: jest.SpiedFunction<SharpImageCheck['check']>;

beforeEach(async () => {
  server = await ValidatingServer.start(new Map());
  const settings = { DOWNLOAD_PORTS: String(server.port), DOWNLOAD_ATTEMPTS: '1' };
  app = await DatasetsApp.open({ settings });
  folder = await mkdtemp(join(tmpdir(), 'lookalike-failures-'));
  checks = jest.spyOn(SharpImageCheck.prototype, 'check');
  await write('hat/1.jpg', await blobsOf(1));
});
afterEach(async () => {
  checks.mockRestore();
  await app.close();
  await server.stop();
  await rm(folder, { recursive: true });
});

const write = (path: string, bytes: Uint8Array | string) => writeBelow(folder, path, bytes);

const directory = (): ImportSource => ({ kind: 'directory', path: folder });

async function table(...rows: string[]): Promise<ImportSource> {
  const annotationsPath = join(app.database.dataDir, 'list.csv');
  await writeFile(annotationsPath, ['id,url,label', ...rows, ''].join('\n'));
  return { kind: 'annotations', annotationsPath, imagesRoot: folder };
}

interface Wanted extends Partial<SyncOptions> {
  readonly acceptTruncated?: boolean;
}

function requested(from: ImportSource, { acceptTruncated, ...options }: Wanted): ImportRequest {
  return { dataset: 'clothes', source: from, acceptTruncated, sync: { ...OPTIONS, ...options } };
}

const some = (counts: object | undefined) =>
  Object.fromEntries(Object.entries(counts ?? {}).filter(([, count]) => count !== 0));

async function sync(from = directory(), wanted: Wanted = {}) {
  checks.mockClear();
  server.answers = [];
  const run = await app.import(from, requested(from, wanted));
  const failures = run.failures.map(({ item, code }) => `${item} ${code}`).sort();
  const counts = some(await app.syncs.findResult(run.jobId));
  return { counts, failures, checked: checks.mock.calls.length, answers: server.answers };
}

async function preview(from = directory(), wanted: Wanted = {}) {
  const { sync: found } = await app.previews.preview(requested(from, wanted), { trusted: true });
  return some(found?.counts);
}

const kept = () => app.db.selectFrom('source_failures').select(['external_id', 'code']).execute();

describe('a new file that is no picture', () => {
  const BROKEN = 'hat/broken.jpg UNSUPPORTED_MEDIA_TYPE';
  beforeEach(async () => {
    await write('hat/broken.jpg', 'no picture');
  });

  it('counts as failed, and is not tried again while it stays as it is', async () => {
    expect(await sync()).toMatchObject({ counts: { added: 1, failed: 1 }, failures: [BROKEN], checked: 2 });
    expect(await preview()).toEqual({ failed: 1, unchanged: 1 });
    const again = { counts: { failed: 1, unchanged: 1 }, failures: [BROKEN] };
    expect(await sync()).toMatchObject({ ...again, checked: 0 });
    expect(await sync(directory(), { compare: 'PLACE' })).toMatchObject({ ...again, checked: 0 });
    expect(await sync(directory(), { compare: 'CHECKSUM' })).toMatchObject({ ...again, checked: 1 });
    expect(await preview()).toEqual({ failed: 1, unchanged: 1 });
  });

  it('is tried again once it has changed', async () => {
    await sync();
    await write('hat/broken.jpg', await blobsOf(2));
    expect(await preview()).toEqual({ added: 1, unchanged: 1 });
    expect(await sync()).toMatchObject({ counts: { added: 1, unchanged: 1 }, failures: [] });
    expect(await kept()).toEqual([]);
    expect(await preview()).toEqual({ unchanged: 2 });
  });

  it('is forgotten with the file, and with the dataset', async () => {
    await sync();
    expect(await kept()).toEqual([{ external_id: 'hat/broken.jpg', code: 'UNSUPPORTED_MEDIA_TYPE' }]);
    await rm(join(folder, 'hat/broken.jpg'));
    expect((await sync()).counts).toEqual({ unchanged: 1 });
    expect(await kept()).toEqual([]);
    await write('hat/broken.jpg', 'no picture');
    await sync();
    const { id } = await app.dataset();
    await app.deleteDataset.run(new FakeJobRun(id, {}));
    expect(await kept()).toEqual([]);
  });

  it('is known from an import, which tries it each time', async () => {
    await app.import(directory());
    expect(await preview()).toEqual({ failed: 1, unchanged: 1 });
    checks.mockClear();
    const run = await app.import(directory());
    expect(run.failures).toMatchObject([{ item: 'hat/broken.jpg' }]);
    expect(checks).toHaveBeenCalledTimes(1);
  });
});

it('tries a truncated picture again once those are accepted', async () => {
  const whole = await blobsOf(3);
  await write('hat/half.jpg', whole.subarray(0, whole.length / 2));
  expect(await sync()).toMatchObject({ counts: { added: 1, failed: 1 } });
  expect(await sync()).toMatchObject({ counts: { failed: 1, unchanged: 1 }, checked: 0 });
  const accepting = { acceptTruncated: true };
  expect(await preview(directory(), accepting)).toEqual({ added: 1, unchanged: 1 });
  expect(await sync(directory(), accepting)).toMatchObject({ counts: { added: 1, unchanged: 1 } });
});

it('does not count a picture that was replaced by something else as changed each time', async () => {
  await sync();
  await write('hat/1.jpg', 'no picture');
  const BROKEN = 'hat/1.jpg UNSUPPORTED_MEDIA_TYPE';
  expect(await preview()).toEqual({ changed: 1 });
  expect(await sync()).toMatchObject({ counts: { failed: 1 }, failures: [BROKEN], checked: 1 });
  expect(await preview()).toEqual({ failed: 1 });
  expect(await sync()).toMatchObject({ counts: { failed: 1 }, failures: [BROKEN], checked: 0 });
  await write('hat/1.jpg', await blobsOf(10));
  expect((await sync()).counts).toEqual({ changed: 1 });
  expect(await kept()).toEqual([]);
});

it('looks for a file that was missing each time, and says so beforehand', async () => {
  const from = await table('a,hat/1.jpg,hat', 'b,hat/2.jpg,hat');
  expect(await sync(from)).toMatchObject({
    counts: { added: 1, failed: 1 },
    failures: ['b SOURCE_FILE_NOT_FOUND'],
  });
  expect(await preview(from)).toEqual({ failed: 1, unchanged: 1 });
  await write('hat/2.jpg', await blobsOf(2));
  const earlier = new Date(1_700_000_000_000);
  await utimes(join(folder, 'hat/2.jpg'), earlier, earlier);
  expect(await preview(from)).toEqual({ added: 1, unchanged: 1 });
  expect(await sync(from)).toMatchObject({ counts: { added: 1, unchanged: 1 } });
});

it('does not hold an earlier failure against an image that the dataset has got otherwise', async () => {
  const from = await table(`a,${server.url('/1.jpg')},hat`, 'b,hat/1.jpg,hat');
  expect((await sync(from)).counts).toEqual({ added: 1, failed: 1 });
  const { id } = await app.dataset();
  await app.images.putImages(id, [{ bytes: await blobsOf(5), externalId: 'a', labels: ['hat'] }]);
  expect(await preview(from)).toEqual({ unchanged: 2 });
  await app.import(from);
  expect(await preview(from)).toEqual({ unchanged: 2 });
});

it('asks for a URL that failed each time, but not in a preview', async () => {
  const from = await table(`a,${server.url('/1.jpg')},hat`);
  server.pictures.set('/1.jpg', Buffer.from('no picture'));
  await sync(await table(`a,${server.url('/1.jpg')},hat`, 'b,hat/1.jpg,hat'));
  await table(`a,${server.url('/1.jpg')},hat`, 'b,hat/1.jpg,hat');
  server.answers = [];
  expect(await preview(from)).toEqual({ failed: 1, unchanged: 1 });
  expect(server.answers).toEqual([]);
  server.pictures.set('/1.jpg', await blobsOf(2));
  expect(await sync(from)).toMatchObject({
    counts: { added: 1, unchanged: 1 },
    answers: ['200 /1.jpg'],
  });
});
