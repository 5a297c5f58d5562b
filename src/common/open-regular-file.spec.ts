import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readRegularFile } from './open-regular-file.ts';

describe('readRegularFile', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('reads a file', async () => {
    await writeFile(join(folder, 'a.txt'), 'content');
    expect((await readRegularFile(join(folder, 'a.txt'))).toString()).toBe('content');
  });

  it('refuses a named pipe without waiting for a writer', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(readRegularFile(pipe)).rejects.toMatchObject({ code: 'NOT_A_FILE' });
  });

  it('refuses a socket, a device and a folder', async () => {
    const socket = join(folder, 'socket');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    try {
      for (const path of [socket, '/dev/zero', folder]) {
        await expect(readRegularFile(path)).rejects.toMatchObject({ code: 'NOT_A_FILE' });
      }
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('rejects with the error of the system if the path does not exist', async () => {
    await expect(readRegularFile(join(folder, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
