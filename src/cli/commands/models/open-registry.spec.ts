import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { openRegistry } from './open-registry.ts';

it('opens the registry without the apps', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
  const before = process.env.LOOKALIKE_DATA_DIR;
  process.env.LOOKALIKE_DATA_DIR = dataDir;
  try {
    const { registry, close } = await openRegistry();
    const models = await registry.list();
    expect(models.map(({ model }) => model.id)).toContain('efficientnet-lite0');
    await close();
  } finally {
    if (before === undefined) delete process.env.LOOKALIKE_DATA_DIR;
    else process.env.LOOKALIKE_DATA_DIR = before;
    await rm(dataDir, { recursive: true });
  }
});
