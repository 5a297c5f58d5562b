import { hash } from 'node:crypto';
import { watch } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { jpegOf } from '../fixtures/pictures.ts';
import { run, runJson } from './lookalike.ts';

let dataDir: string;
let photos: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
  photos = join(dataDir, 'photos');
  await mkdir(photos);
  for (const seed of [1, 2]) await writeFile(join(photos, `${seed}.jpg`), await jpegOf(seed));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** The stored file of a picture, by its digest. */
const stored = (sha256: string) => join(dataDir, 'images', sha256.slice(0, 2), sha256.slice(2, 4), sha256);

it('verifies all datasets, heals what it can and fails for the rest', async () => {
  for (const dataset of ['one', 'two']) await runJson(dataDir, 'import', 'directory', photos, '-d', dataset);
  // Each process that runs jobs, and each set of apps in it, has a lock there.
  const locks = new Set<string>();
  const watching = watch(join(dataDir, 'processes'), (_event, file) =>
    locks.add(String(file).split('.')[0]!),
  );
  const good = await run(dataDir, 'verify');
  watching.close();
  expect(locks.size).toBe(1);
  expect({ ...good, stdout: good.stdout.split('\n').length }).toMatchObject({ code: 0, stdout: 3 });

  const file = stored(hash('sha256', await jpegOf(1)));
  await writeFile(file, 'something else');
  const healed = await run(dataDir, 'verify');
  expect(healed.code).toBe(0);
  expect(healed.stdout).toContain('one: verify succeeded: 2 done, 0 failed, 1 fetched again');
  expect(healed.stdout).toContain('two: verify succeeded: 2 done, 0 failed,');
  expect((await readFile(file)).equals(await jpegOf(1))).toBe(true);

  await writeFile(file, 'something else');
  await rm(join(photos, '1.jpg'));
  const lost = await run(dataDir, 'verify', 'one', '--json');
  expect(lost.code).toBe(1);
  const events = lost.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events).toContainEqual(
    expect.objectContaining({ event: 'failure', item: '1.jpg', code: 'IMAGE_FILE_DAMAGED' }),
  );
  expect(events.at(-1)).toMatchObject({ event: 'job', kind: 'VERIFY_FILES', done: 1, failed: 1 });
  expect(lost.stderr).toContain('FILES_DAMAGED');
});
