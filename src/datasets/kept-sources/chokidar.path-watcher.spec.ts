import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChokidarPathWatcher } from './chokidar.path-watcher.ts';
import type { PathWatch, WatchedPath } from './path-watcher.port.ts';

describe('a watch', () => {
  let folder: string;
  let watch: PathWatch | undefined;
  let changes: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-watch-'));
    await mkdir(join(folder, 'hat'));
    await writeFile(join(folder, 'list.csv'), 'id\n');
    changes = 0;
  });
  afterEach(async () => {
    await watch?.close();
    await rm(folder, { recursive: true });
  });

  const begin = (watched: WatchedPath) => {
    watch = new ChokidarPathWatcher().watch(
      watched,
      () => (changes += 1),
      (error) => {
        throw error;
      },
    );
  };
  /** Does something again and again until it is noticed: a watch takes a moment to begin. */
  const until = async (act: (round: number) => Promise<unknown>) => {
    const before = changes;
    for (let round = 0; changes === before; round += 1) {
      await act(round);
      await sleep(20);
    }
  };

  it('notices what is added, changed and removed in a folder and below it', async () => {
    begin({ path: folder, kind: 'folder' });
    await until((round) => writeFile(join(folder, 'hat', `${round}.jpg`), 'x'));
    await until((round) => writeFile(join(folder, 'hat', '0.jpg'), 'y'.repeat(round)));
    await until(async (round) => {
      const file = join(folder, 'hat', `gone-${round}.jpg`);
      await writeFile(file, 'x');
      await rm(file);
    });
    await until(async (round) => {
      await mkdir(join(folder, `coat-${round}`), { recursive: true });
      await writeFile(join(folder, `coat-${round}`, '1.jpg'), 'x');
    });
    expect(changes).toBeGreaterThan(3);
  });

  it('notices that a file was replaced, and nothing else beside it', async () => {
    begin({ path: join(folder, 'list.csv'), kind: 'file' });
    const replace = async (round: number) => {
      await writeFile(join(folder, '.list.csv.new'), `id\n${round}\n`);
      await rename(join(folder, '.list.csv.new'), join(folder, 'list.csv'));
    };
    await until(replace);
    await until(replace);
  });
});
