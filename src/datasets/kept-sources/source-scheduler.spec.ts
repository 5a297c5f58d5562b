import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeClock } from '../../../test/fakes/fake.clock.ts';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { blobsOf } from '../../../test/fixtures/pictures.ts';
import { PathWatcher } from './path-watcher.port.ts';
import type { RequestedSchedule } from './schedule.ts';

const HOUR_MS = 3_600_000;
const OPERATOR = { trusted: true };

let app: DatasetsApp;
let folder: string;
let clock: FakeClock;
let watcher: FakePathWatcher;

/** An app on the same data, as another process would have it. */
async function openApp(dataDir?: string): Promise<DatasetsApp> {
  const opened = await DatasetsApp.open({ watcher, ...(dataDir === undefined ? {} : { dataDir }) });
  opened.scheduler.now = () => clock.now();
  opened.keptSources.now = () => clock.now();
  return opened;
}

/** Watches nothing, and says that something has changed when a test wants it. */
class FakePathWatcher extends PathWatcher {
  readonly watches = new Map<string, () => void>();

  override watch({ path }: { readonly path: string }, onChange: () => void) {
    this.watches.set(path, onChange);
    return { close: async () => void this.watches.delete(path) };
  }
}

async function add(
  schedule?: RequestedSchedule,
  others: { watch?: boolean; name?: string } = {},
): Promise<void> {
  const request = {
    dataset: 'clothes',
    source: { kind: 'directory', path: folder },
    sync: { overwrite: false, compare: 'METADATA' },
  } as const;
  await app.keptSources.add({ name: 'shop', request, ...(schedule && { schedule }), ...others }, OPERATOR);
}

const jobs = async (of = app) => {
  const rows = await of.database
    .tables<{ jobs: { id: number; state: string } }>()
    .selectFrom('jobs')
    .select(['id', 'state'])
    .orderBy('id')
    .execute();
  return rows.map(({ state }) => state);
};
/** Ends all jobs, without running them. */
const endJobs = () =>
  app.database
    .tables<{ jobs: { id: number; state: string } }>()
    .updateTable('jobs')
    .set({ state: 'SUCCEEDED' })
    .execute();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-source-'));
  await mkdir(join(folder, 'hat'));
  await writeFile(join(folder, 'hat/1.jpg'), await blobsOf(1));
  clock = new FakeClock();
  watcher = new FakePathWatcher();
  app = await openApp();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await app.scheduler.stop();
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

describe('scheduled sources', () => {
  it('have a run when they are due, and then after each interval', async () => {
    await add({ every: '6h' });
    await app.scheduler.look();
    expect(await jobs()).toEqual([]);
    clock.pass(6 * HOUR_MS + 1_000);
    await app.scheduler.look();
    expect(await jobs()).toEqual(['QUEUED']);
    await endJobs();
    await app.scheduler.look();
    clock.pass(5 * HOUR_MS);
    await app.scheduler.look();
    expect(await jobs()).toHaveLength(1);
    clock.pass(HOUR_MS);
    await app.scheduler.look();
    expect(await jobs()).toEqual(['SUCCEEDED', 'QUEUED']);
    const source = await app.keptSources.get('shop');
    expect(source.nextRunAt?.getTime()).toBeGreaterThan(clock.now() + 5 * HOUR_MS);
    expect(source.lastJobId).toBe(2);
  });

  it('follow a cron pattern', async () => {
    await add({ cron: '0 3 * * *', timeZone: 'Asia/Tokyo' });
    const { nextRunAt } = await app.keptSources.get('shop');
    expect(nextRunAt?.toISOString().slice(11)).toBe('18:00:00.000Z');
    clock.pass((nextRunAt?.getTime() ?? 0) - clock.now());
    await app.scheduler.look();
    expect(await jobs()).toEqual(['QUEUED']);
    const next = (await app.keptSources.get('shop')).nextRunAt;
    expect((next?.getTime() ?? 0) - (nextRunAt?.getTime() ?? 0)).toBe(24 * HOUR_MS);
  });

  it('have one run after missed ones, also after a restart', async () => {
    await add({ every: '1h' });
    const { dataDir } = app.database;
    await app.close({ keepData: true });
    clock.pass(100 * HOUR_MS);
    app = await openApp(dataDir);
    await app.scheduler.look();
    await endJobs();
    await app.scheduler.look();
    expect(await jobs()).toHaveLength(1);
  });

  it('have one run at a time, and one afterwards if they came due meanwhile', async () => {
    await add({ every: '1h' });
    clock.pass(HOUR_MS + 1_000);
    await app.scheduler.look();
    clock.pass(3 * HOUR_MS);
    await app.scheduler.look();
    expect(await jobs()).toEqual(['QUEUED']);
    await endJobs();
    await app.scheduler.look();
    await endJobs();
    await app.scheduler.look();
    expect(await jobs()).toHaveLength(2);
  });

  it('have one run among several processes, of which another takes over when one ends', async () => {
    await add({ every: '1h' });
    const other = await openApp(app.database.dataDir);
    try {
      clock.pass(HOUR_MS + 1_000);
      await app.scheduler.look();
      await endJobs();
      clock.pass(HOUR_MS);
      await other.scheduler.look();
      expect(await jobs()).toHaveLength(1);
      await app.scheduler.stop();
      await other.scheduler.look();
      expect(await jobs()).toHaveLength(2);
    } finally {
      await other.scheduler.stop();
      await other.close({ keepData: true });
    }
  });

  it('that cannot be read say so, keep no other waiting, and are tried again', async () => {
    await add({ every: '1h' });
    await rm(folder, { recursive: true });
    clock.pass(HOUR_MS + 1_000);
    await app.scheduler.look();
    expect(await jobs()).toEqual([]);
    expect(await app.keptSources.get('shop')).toMatchObject({ problem: { code: 'SOURCE_NOT_FOUND' } });
    await mkdir(folder);
    await app.scheduler.look();
    expect(await jobs()).toEqual([]);
    clock.pass(HOUR_MS);
    await app.scheduler.look();
    expect(await jobs()).toEqual(['QUEUED']);
    expect(await app.keptSources.get('shop')).toMatchObject({ problem: null });
  });

  it('are started by the loop of a server', async () => {
    await add({ every: '1h' });
    clock.pass(HOUR_MS + 1_000);
    app.scheduler.start();
    while ((await jobs()).length === 0) await new Promise(setImmediate);
    await app.scheduler.stop();
    expect(await jobs()).toEqual(['QUEUED']);
  });
});

describe('watched sources', () => {
  const SETTLE_MS = 5_000;

  beforeEach(async () => {
    await add(undefined, { watch: true });
    await app.scheduler.look();
    clock.pass(SETTLE_MS);
    await app.scheduler.look();
    expect(await jobs()).toEqual(['QUEUED']);
    await endJobs();
  });

  const change = () => watcher.watches.get(folder)?.();

  it('have a run when the server begins to watch, and then only once changes have settled', async () => {
    clock.pass(HOUR_MS);
    await app.scheduler.look();
    expect(await jobs()).toHaveLength(1);
    for (let at = 0; at < 5; at += 1) {
      change();
      clock.pass(SETTLE_MS - 1);
      await app.scheduler.look();
    }
    expect(await jobs()).toHaveLength(1);
    clock.pass(1);
    await app.scheduler.look();
    expect(await jobs()).toHaveLength(2);
  });

  it('have one run at a time, and one for what has changed during it', async () => {
    change();
    clock.pass(SETTLE_MS);
    await app.scheduler.look();
    change();
    clock.pass(SETTLE_MS);
    await app.scheduler.look();
    await app.scheduler.look();
    expect(await jobs()).toEqual(['SUCCEEDED', 'QUEUED']);
    await endJobs();
    await app.scheduler.look();
    expect(await jobs()).toEqual(['SUCCEEDED', 'SUCCEEDED', 'QUEUED']);
  });

  it('are no longer watched when they are changed, removed, or another process takes over', async () => {
    await app.keptSources.update('shop', { watch: false }, OPERATOR);
    await app.scheduler.look();
    expect(watcher.watches.size).toBe(0);
    await app.keptSources.update('shop', { watch: true }, OPERATOR);
    await app.scheduler.look();
    expect(watcher.watches.size).toBe(1);
    await app.scheduler.stop();
    expect(watcher.watches.size).toBe(0);
  });

  it('are watched again once a folder that was gone is back', async () => {
    await app.keptSources.remove('shop');
    await add(undefined, { watch: true });
    await rm(folder, { recursive: true });
    await app.scheduler.look();
    expect(watcher.watches.size).toBe(0);
    clock.pass(SETTLE_MS);
    await app.scheduler.look();
    expect(await app.keptSources.get('shop')).toMatchObject({ problem: { code: 'SOURCE_NOT_FOUND' } });
    await mkdir(folder);
    clock.pass(10 * 60_000);
    await app.scheduler.look();
    expect(watcher.watches.size).toBe(1);
    clock.pass(SETTLE_MS);
    await app.scheduler.look();
    expect(await jobs()).toHaveLength(2);
  });
});
