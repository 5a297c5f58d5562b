import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HostileServer } from '../fixtures/hostile-server.ts';
import { ended, runJson, start } from './lookalike.ts';

/** Commands end within 10 s. A busy machine gets twice as long. */
const PATIENCE_MS = 20_000;

describe('a command that receives a signal', () => {
  let dataDir: string;
  let server: HostileServer;
  let annotations: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
    server = new HostileServer({ width: 32, height: 32 });
    await server.start();
    annotations = join(dataDir, 'annotations.json');
    await writeImages('stall');
  });

  /** Images on hosts that answer in some way which takes for ever: the import would wait for minutes. */
  async function writeImages(how: string): Promise<void> {
    const images = Array.from({ length: 40 }, (_, at) => ({
      image_id: at + 1,
      url: [`http://shop-${at % 4}.localhost:${server.port}/${how}?image=${at}`],
    }));
    await writeFile(annotations, JSON.stringify({ images, annotations: [] }));
  }

  afterEach(async () => {
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const startImport = (...options: string[]) =>
    start(dataDir, ['import', 'imaterialist', annotations, '--dataset', 'shops', ...options], {
      DOWNLOAD_ALLOW_LOOPBACK: 'true',
      DOWNLOAD_PORTS: String(server.port),
      DOWNLOAD_TIMEOUT_MS: '120000',
    });

  /** Sends signals to a command once its downloads are under way. */
  async function interrupt(child: ChildProcess, ...signals: NodeJS.Signals[]) {
    const end = ended(child);
    const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
    while (server.requests() === 0 && !hasEnded()) await sleep(50);
    for (const signal of signals) child.kill(signal);
    const tooLate = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    try {
      return await end;
    } finally {
      clearTimeout(tooLate);
    }
  }

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('lets go of its job on %s and ends with %i', async (signal, code) => {
    const { code: found, stdout, stderr } = await interrupt(startImport(), signal);
    expect({ found, stdout, stderr }).toEqual({
      found: code,
      stdout: '',
      stderr: expect.stringMatching(
        /^error INTERRUPTED: Job 1 .*Run the same command again to resume it\.\n$/,
      ),
    });
    const [job] = await runJson(dataDir, 'jobs');
    expect(job?.state).not.toBe('CANCELLED');
  });

  it.each(['drip', 'claims-gigabyte', 'slow-404', 'always-429'])(
    'ends although its downloads hang in the way of %s',
    async (how) => {
      await writeImages(how);
      const { code, stderr } = await interrupt(startImport(), 'SIGTERM');
      expect({ code, stderr }).toEqual({ code: 143, stderr: expect.stringMatching(/^error INTERRUPTED: /) });
    },
  );

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends a command whose picture hangs on %s with %i', async (signal, status) => {
    const url = `http://shop.localhost:${server.port}/stall`;
    const child = start(dataDir, ['embed', url], {
      DOWNLOAD_ALLOW_LOOPBACK: 'true',
      DOWNLOAD_PORTS: String(server.port),
      DOWNLOAD_TIMEOUT_MS: '120000',
    });
    const signals = new Promise<NodeJS.Signals | null>((resolve) =>
      child.once('exit', (_code, by) => resolve(by)),
    );
    const { code } = await interrupt(child, signal);
    const { [signal]: number } = constants.signals;
    expect(code ?? 128 + number).toBe(status);
    expect(await signals).toBe(code === null ? signal : null);
  });

  it('ends although a thread is blocked', async () => {
    const pipe = join(dataDir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const module = new URL('../../dist/cli/interruption.js', import.meta.url).href;
    const script = `
      import { open } from 'node:fs';
      import { listenForSignals } from ${JSON.stringify(module)};
      listenForSignals();
      open(${JSON.stringify(pipe)}, 'r', () => {});
      console.log('waiting');
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const signals = new Promise<NodeJS.Signals | null>((resolve) =>
      child.once('exit', (_code, signal) => resolve(signal)),
    );
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    const tooLate = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    expect(await signals).toBe('SIGTERM');
    clearTimeout(tooLate);
  });

  it('reports it as JSON with --json', async () => {
    const { code, stderr } = await interrupt(startImport('--json'), 'SIGTERM');
    expect(code).toBe(143);
    expect(JSON.parse(stderr)).toEqual({
      error: expect.objectContaining({ code: 'INTERRUPTED', jobId: '1' }),
    });
  });
});
