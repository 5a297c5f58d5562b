import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blobsOf } from '../fixtures/pictures.ts';
import { Service } from './service.ts';

const SOURCE = `
  name datasetName kind place labelIds limit format attributes maxDelete maxFailures overwrite compare
  schedule { every cron timeZone } watch nextRunAt problem { code } lastJob { id state syncResult { added } }`;
const ADD = `mutation ($input: AddSourceInput!) { addSource(input: $input) { ${SOURCE} } }`;
const UPDATE = `mutation ($name: String!, $input: UpdateSourceInput!) { updateSource(name: $name, input: $input) { ${SOURCE} } }`;
const ONE = `query ($name: String!) { source(name: $name) { ${SOURCE} } }`;

interface Source extends Record<string, unknown> {
  lastJob: { id: string; state: string; syncResult: { added: number } | null } | null;
}

describe('sources through the API', () => {
  let service: Service;
  let root: string;

  const codeOf = async (query: string, variables: Record<string, unknown>) => {
    const { status, errors } = await service.graphql(query, variables);
    return [status, errors?.[0]?.extensions.code];
  };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'lookalike-roots-'));
    await mkdir(join(root, 'photos/hat'), { recursive: true });
    await writeFile(join(root, 'photos/hat/1.jpg'), await blobsOf(1));
    service = await Service.start({ IMPORT_ROOTS: root, SOURCE_SETTLE_MS: '100' });
  });
  afterAll(async () => {
    await service.stop();
    await rm(root, { recursive: true });
  });

  it('are added, synchronised with, changed and removed', async () => {
    const input = {
      name: 'photos',
      import: { dataset: 'photos', directoryPath: 'photos', maxDelete: 0.2, compare: 'CHECKSUM' },
      schedule: { cron: '0 3 * * *', timeZone: 'Europe/Vienna' },
    };
    const { addSource } = await service.query<{ addSource: Source }>(ADD, { input });
    expect(addSource).toEqual({
      name: 'photos',
      datasetName: 'photos',
      kind: 'DIRECTORY',
      place: 'photos',
      labelIds: null,
      limit: null,
      format: null,
      attributes: [],
      maxDelete: 0.2,
      maxFailures: null,
      overwrite: false,
      compare: 'CHECKSUM',
      schedule: { every: null, cron: '0 3 * * *', timeZone: 'Europe/Vienna' },
      watch: false,
      nextRunAt: expect.any(String),
      problem: null,
      lastJob: null,
    });

    const { syncSource } = await service.query<{ syncSource: { id: string } }>(
      'mutation { syncSource(name: "photos") { id } }',
    );
    expect(await service.job(syncSource.id)).toMatchObject({ state: 'SUCCEEDED', done: 1 });
    const { source } = await service.query<{ source: Source }>(ONE, { name: 'photos' });
    expect(source.lastJob).toEqual({ id: syncSource.id, state: 'SUCCEEDED', syncResult: { added: 1 } });

    const changed = await service.query<{ updateSource: Source }>(UPDATE, {
      name: 'photos',
      input: { schedule: { every: '6h' } },
    });
    expect(changed.updateSource).toMatchObject({
      compare: 'CHECKSUM',
      schedule: { every: '6h', cron: null, timeZone: null },
    });
    const stopped = await service.query<{ updateSource: Source }>(UPDATE, {
      name: 'photos',
      input: {
        schedule: null,
        import: { dataset: 'photos', annotationsUrl: 'https://shop.example/list.csv', format: 'CSV' },
      },
    });
    expect(stopped.updateSource).toMatchObject({
      kind: 'URL',
      place: 'https://shop.example/list.csv',
      format: 'CSV',
      compare: 'METADATA',
      schedule: null,
      nextRunAt: null,
      lastJob: { id: syncSource.id },
    });
    const listed = await service.query<{ sources: { totalCount: number; nodes: { name: string }[] } }>(
      '{ sources { totalCount nodes { name } } }',
    );
    expect(listed.sources).toEqual({ totalCount: 1, nodes: [{ name: 'photos' }] });

    await service.query('mutation { removeSource(name: "photos") }');
    expect(await service.query(ONE, { name: 'photos' })).toEqual({ source: null });
  });

  it('are synchronised with when their folder has changed', async () => {
    await mkdir(join(root, 'watched/hat'), { recursive: true });
    await service.query(ADD, {
      input: { name: 'watched', import: { dataset: 'watched', directoryPath: 'watched' }, watch: true },
    });
    const images = async () => {
      const { dataset } = await service.query<{ dataset: { imageCount: number } | null }>(
        '{ dataset(name: "watched") { imageCount } }',
      );
      return dataset?.imageCount ?? 0;
    };
    for (const seed of [1, 2, 3]) {
      await writeFile(join(root, `watched/hat/${seed}.jpg`), await blobsOf(seed));
      while ((await images()) < seed) await sleep(20);
    }
    await service.query('mutation { removeSource(name: "watched") }');
  });

  it('are stopped by their brake, which a preview tells and one run may pass', async () => {
    for (const seed of [1, 2, 3, 4]) {
      await mkdir(join(root, 'braked/hat'), { recursive: true });
      await writeFile(join(root, `braked/hat/${seed}.jpg`), await blobsOf(seed));
    }
    const input = { dataset: 'braked', directoryPath: 'braked', compare: 'CHECKSUM' };
    await service.query(ADD, { input: { name: 'braked', import: input } });
    const sync = async (args = '') => {
      const { syncSource } = await service.query<{ syncSource: { id: string } }>(
        `mutation { syncSource(name: "braked"${args}) { id } }`,
      );
      return service.job(syncSource.id);
    };
    await sync();
    await rm(join(root, 'braked/hat/3.jpg'));
    await rm(join(root, 'braked/hat/4.jpg'));

    const preview = () =>
      service.query(`mutation { previewSource(name: "braked") {
        images sync { brought mostVanished counts { vanished unchanged } samples { vanished } } } }`);
    const shown = {
      brought: 4,
      mostVanished: 0,
      counts: { vanished: 2, unchanged: 2 },
      samples: { vanished: ['hat/3.jpg', 'hat/4.jpg'] },
    };
    expect(await preview()).toEqual({ previewSource: { images: 2, sync: shown } });
    expect(await sync()).toMatchObject({ state: 'FAILED', error: { code: 'SYNC_DELETES_TOO_MANY' } });

    const { updateSource } = await service.query<{ updateSource: Source }>(UPDATE, {
      name: 'braked',
      input: { maxDelete: 0.25, maxFailures: 3, overwrite: true },
    });
    const changed = {
      maxDelete: 0.25,
      maxFailures: 3,
      overwrite: true,
      compare: 'CHECKSUM',
      place: 'braked',
    };
    expect(updateSource).toMatchObject(changed);
    expect(await preview()).toEqual({ previewSource: { images: 2, sync: { ...shown, mostVanished: 1 } } });
    const reset = await service.query<{ updateSource: Source }>(UPDATE, {
      name: 'braked',
      input: { maxFailures: null, compare: 'METADATA' },
    });
    expect(reset.updateSource).toMatchObject({ maxDelete: 0.25, maxFailures: null, compare: 'METADATA' });

    expect(await codeOf('mutation { syncSource(name: "braked", maxDelete: 2) { id } }', {})).toEqual([
      400,
      'BAD_USER_INPUT',
    ]);
    expect(await sync(', maxDelete: 0.5')).toMatchObject({ state: 'SUCCEEDED' });
    const { source } = await service.query<{ source: Source }>(ONE, { name: 'braked' });
    expect(source).toMatchObject({ maxDelete: 0.25, problem: null });
    const { sources } = await service.query<{ sources: { nodes: { name: string }[] } }>(
      '{ sources(dataset: "braked") { totalCount nodes { name } } }',
    );
    expect(sources).toEqual({ totalCount: 1, nodes: [{ name: 'braked' }] });
  });

  it('give what failed in a run as a CSV file', async () => {
    await mkdir(join(root, 'odd/hat'), { recursive: true });
    await writeFile(join(root, 'odd/hat/1.jpg'), await blobsOf(1));
    await writeFile(join(root, 'odd/hat/2.jpg'), 'no picture, "at all"');
    await service.query(ADD, { input: { name: 'odd', import: { dataset: 'odd', directoryPath: 'odd' } } });
    const { syncSource } = await service.query<{ syncSource: { id: string } }>(
      'mutation { syncSource(name: "odd") { id } }',
    );
    await service.job(syncSource.id);
    const response = await fetch(`${service.url}/jobs/${syncSource.id}/failures.csv`);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toMatch(
      /attachment; filename="job-\d+-failures.csv"/,
    );
    const lines = (await response.text()).split('\r\n');
    expect(lines).toEqual([
      'item,code,message',
      expect.stringMatching(/^hat\/2\.jpg,UNSUPPORTED_MEDIA_TYPE,/),
      '',
    ]);
  });

  it('tell whoever listens that a run has ended', async () => {
    await mkdir(join(root, 'heard'));
    await service.query(ADD, {
      input: { name: 'heard', import: { dataset: 'heard', directoryPath: 'heard' } },
    });
    const sync = async () => {
      const { syncSource } = await service.query<{ syncSource: { id: string } }>(
        'mutation { syncSource(name: "heard") { id } }',
      );
      await service.job(syncSource.id);
      return syncSource.id;
    };
    const ids = [await sync()];
    const events = service.subscribe<{ jobEnded: { id: string; state: string } }>(
      'subscription { jobEnded(dataset: "heard") { id state } }',
      {},
    );
    let settled = false;
    const first = events.next().finally(() => (settled = true));
    // The subscription takes a moment to begin.
    do {
      ids.push(await sync());
      await sleep(20);
    } while (!settled);
    const heard = await first;
    if (heard.done === true) throw new Error('The subscription has ended.');
    expect(heard.value.jobEnded.state).toBe('SUCCEEDED');
    expect(ids).toContain(heard.value.jobEnded.id);
    await events.return(undefined);
  });

  it('refuse what an import refuses, and what does not last', async () => {
    const add = (source: Record<string, unknown>, others: Record<string, unknown> = {}) =>
      codeOf(ADD, { input: { name: 'shop', import: { dataset: 'shop', ...source }, ...others } });
    expect(await add({ directoryPath: '/etc' })).toEqual([403, 'IMPORT_PATH_REFUSED']);
    expect(await add({ directoryPath: 'coats' })).toEqual([404, 'SOURCE_NOT_FOUND']);
    expect(await add({})).toEqual([400, 'IMPORT_INPUT_INVALID']);
    expect(await add({ stage: 'a'.repeat(22) })).toEqual([400, 'KEPT_SOURCE_INVALID']);
    expect(await add({ annotationsUrl: 'ftp://shop.example/a.csv' })).toEqual([400, 'URL_SCHEME']);
    expect(await add({ directoryPath: 'photos' }, { schedule: { every: 'often' } })).toEqual([
      400,
      'SCHEDULE_INVALID',
    ]);
    expect(await codeOf('mutation { syncSource(name: "shop") { id } }', {})).toEqual([
      404,
      'KEPT_SOURCE_NOT_FOUND',
    ]);
    expect(await codeOf('mutation { removeSource(name: "shop") }', {})).toEqual([
      404,
      'KEPT_SOURCE_NOT_FOUND',
    ]);
  });
});
