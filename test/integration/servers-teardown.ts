import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stopServer, type Product } from '../fixtures/search-servers.ts';

/** Stops the servers that this run has started. Those that ran before it are left alone. */
export default async function tearDown(): Promise<void> {
  const list = process.env.LOOKALIKE_STARTED_SERVERS;
  if (!list) return;
  const started = new Set((await readFile(list, 'utf8')).split('\n').filter((line) => line !== ''));
  for (const line of started) {
    const [product, port] = line.split(' ') as [Product, string];
    await stopServer(product, Number(port));
  }
  await rm(dirname(list), { recursive: true });
}
