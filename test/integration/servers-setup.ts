import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Servers that this run starts are listed in a file, for servers-teardown.ts to stop. */
export default async function setUp(): Promise<void> {
  const list = join(await mkdtemp(join(tmpdir(), 'lookalike-servers-')), 'started');
  await writeFile(list, '');
  process.env.LOOKALIKE_STARTED_SERVERS = list;
}
