import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serveStamps } from '../clients/stamps.ts';
import type { Service } from '../e2e/service.ts';
import { examples, expectedLines, printedBy } from '../examples/examples.ts';

const run = promisify(execFile);
const hasPython =
  process.env.REQUIRE_SHELLS === '1' || spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0;
// eslint-disable-next-line no-console -- skipped tests must not go unnoticed
if (!hasPython) console.warn('SKIPPED: the examples in Python, which is not installed with venv.');

(hasPython ? describe : describe.skip)('the examples in Python', () => {
  let service: Service;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-python-'));
    ({ service } = await serveStamps(100));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(['python-gql', 'python-httpx'])('print the hits: %s', async (name) => {
    const environment = join(folder, name);
    await run('python3', ['-m', 'venv', environment]);
    const requirements = join(examples, name, 'requirements.txt');
    await run(join(environment, 'bin', 'pip'), ['install', '--quiet', '--requirement', requirements]);
    const program = join(examples, name, 'search.py');
    expect(await printedBy(join(environment, 'bin', 'python'), [program], service)).toBe(
      await expectedLines(service),
    );
  });
});
