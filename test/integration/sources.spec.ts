import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { blobsOf } from '../fixtures/pictures.ts';
import { run, runJson } from './lookalike.ts';

describe('sources on the command line', () => {
  let dataDir: string;
  let folder: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
    folder = await mkdtemp(join(tmpdir(), 'lookalike-source-'));
    await mkdir(join(folder, 'hat'));
    for (const seed of [1, 2]) await writeFile(join(folder, 'hat', `${seed}.jpg`), await blobsOf(seed));
  });
  afterEach(async () => {
    for (const place of [dataDir, folder]) await rm(place, { recursive: true });
  });

  it('are added, synchronised with by name, listed, changed and removed', async () => {
    const [added] = await runJson(
      dataDir,
      ...['source', 'add', 'photos', 'directory', folder, '-d', 'photos', '--max-delete', '50%'],
      ...['--every', '6h', '--compare', 'checksum'],
    );
    expect(added).toMatchObject({
      name: 'photos',
      dataset: 'photos',
      source: { kind: 'directory', path: folder },
      sync: { maxDelete: 0.5, overwrite: false, compare: 'CHECKSUM' },
      schedule: { every: '6h', cron: null, timeZone: null },
      lastRun: null,
    });
    expect(await runJson(dataDir, 'sync', 'photos')).toContainEqual(
      expect.objectContaining({ event: 'sync', added: 2 }),
    );
    await rm(join(folder, 'hat/1.jpg'));
    const preview = await run(dataDir, 'sync', 'photos', '--dry-run');
    expect([preview.code, preview.stdout]).toEqual([0, expect.stringMatching(/1 +no longer in the source/)]);
    const again = await run(dataDir, 'sync', 'photos');
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringContaining('1 no longer in the source · 1 unchanged'),
    ]);
    const edited = await runJson(dataDir, 'source', 'edit', 'photos', '--no-schedule', '--watch');
    expect(edited).toMatchObject([{ schedule: null, watch: true, sync: { compare: 'CHECKSUM' } }]);
    const args = ['source', 'edit', 'photos', 'directory', folder, '-d', 'photos', '--limit', '1'];
    expect(await runJson(dataDir, ...args)).toMatchObject([
      { limit: 1, watch: true, sync: { compare: 'METADATA' }, lastRun: { state: 'SUCCEEDED' } },
    ]);
    const listed = await run(dataDir, 'sources');
    expect(listed.stdout).toMatch(
      /photos +photos +when it changes +succeeded at .* 1 no longer in the source/,
    );
    expect((await run(dataDir, 'source', 'remove', 'photos')).code).toBe(0);
    expect((await run(dataDir, 'sources')).stderr).toContain('There are no sources yet.');
  });

  it('say what is wrong with what they are given', async () => {
    const lacking = await run(dataDir, 'source', 'add', 'directory', folder, '-d', 'photos');
    expect([lacking.code, lacking.stderr]).toEqual([
      2,
      expect.stringContaining("missing required argument 'name'"),
    ]);
    const gone = await run(dataDir, 'source', 'add', 'shop', 'directory', join(folder, 'x'), '-d', 'photos');
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('SOURCE_NOT_FOUND')]);
    const nothing = await run(dataDir, 'source', 'edit', 'shop');
    expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('says what to change')]);
    const unknown = await run(dataDir, 'sync', 'shop');
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('KEPT_SOURCE_NOT_FOUND')]);
  });
});
