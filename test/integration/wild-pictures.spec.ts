import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pictureCases, type PictureCase } from '../wild/pictures/cases.ts';
import { run, runJson } from './lookalike.ts';

describe('pictures as they occur, on the command line', () => {
  let dataDir: string;
  let pictures: string;
  let cases: readonly PictureCase[];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
    pictures = join(dataDir, 'pictures');
    await mkdir(pictures);
    cases = await pictureCases();
    for (const { name, bytes } of cases) await writeFile(join(pictures, name), bytes);
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  const taken = () => cases.filter(({ verdict }) => 'warnings' in verdict);
  const refused = () => cases.filter(({ verdict }) => 'code' in verdict);

  it('are imported with a word about their damage', async () => {
    const events = await runJson(dataDir, 'import', 'directory', pictures, '--dataset', 'wild');
    const warned = taken().filter(({ verdict }) => 'warnings' in verdict && verdict.warnings.length > 0);
    expect(events.at(-1)).toMatchObject({
      done: taken().length,
      failed: refused().length,
      warned: warned.length,
    });
    const failures = new Map(events.filter(({ event }) => event === 'failure').map((one) => [one.item, one]));
    for (const { name, verdict } of refused()) {
      if (!('code' in verdict)) continue;
      expect(failures.get(name)).toMatchObject({
        code: verdict.code,
        message: expect.stringMatching(verdict.problem),
      });
    }
    const again = await run(dataDir, 'import', 'directory', pictures, '--dataset', 'wild');
    expect(again.stdout).toContain(
      `${taken().length} done, ${refused().length} failed, ${warned.length} with warnings`,
    );

    const lenient = cases.filter(({ verdict, lenient = verdict }) => 'warnings' in lenient);
    const accepted = await runJson(
      dataDir,
      ...['import', 'directory', pictures, '--dataset', 'lenient', '--accept-truncated'],
    );
    expect(accepted.at(-1)).toMatchObject({ done: lenient.length });
  });

  it('are searched with if they were imported', async () => {
    await runJson(dataDir, 'index', 'wild');
    const files = (some: readonly PictureCase[]) => some.map(({ name }) => join(pictures, name));
    const hits = await runJson(dataDir, 'search', 'wild', ...files(taken()), '-k', '1');
    expect(hits.map(({ query }) => query)).toEqual(files(taken()));
    const { code, stderr } = await run(dataDir, 'search', 'wild', ...files(refused()), '-k', '1');
    expect(code).toBe(1);
    for (const { name, verdict } of refused()) {
      if (!('code' in verdict)) continue;
      const line = stderr.split('\n').find((text) => text.includes(`/${name}:`));
      expect(line).toContain(verdict.code);
      expect(line).toMatch(verdict.problem);
    }
  });
});
