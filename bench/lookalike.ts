import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../bin/lookalike.js', import.meta.url));

/** Runs a command of the built service with `--json` and returns the objects that it prints. */
export function lookalike(dataDir: string, ...args: string[]): Record<string, unknown>[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args, '--json'], {
    encoding: 'utf8',
    env: { ...process.env, LOOKALIKE_DATA_DIR: dataDir },
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`lookalike ${args.join(' ')} failed: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Starts such a command, for those who look at its process meanwhile. */
export function startLookalike(
  dataDir: string,
  ...args: string[]
): { readonly process: ChildProcess; readonly events: Promise<Record<string, unknown>[]> } {
  const child = spawn(process.execPath, [bin, ...args, '--json'], {
    env: { ...process.env, LOOKALIKE_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const read = async () => {
    const events: Record<string, unknown>[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      events.push(JSON.parse(line) as Record<string, unknown>);
    }
    return events;
  };
  return { process: child, events: read() };
}

/** The seconds that a job reports, which do not include starting the process. */
export function jobSeconds(events: readonly Record<string, unknown>[]): number {
  const job = events.find(({ event }) => event === 'job');
  if (typeof job?.seconds !== 'number') throw new Error('The command reported no finished job');
  return job.seconds;
}

/** Starts the built service on a free port of loopback. Resolves once it is listening. */
export async function serve(
  dataDir: string,
): Promise<{ url: string; process: ChildProcess; seconds: number }> {
  const start = performance.now();
  const child = spawn(process.execPath, [bin, 'serve', '--port', '0'], {
    env: { ...process.env, LOOKALIKE_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/[\d.]+:\d+(?=\/graphql)/.exec(line)?.[0];
    if (url === undefined) continue;
    child.stdout.resume();
    return { url, process: child, seconds: (performance.now() - start) / 1000 };
  }
  throw new Error('The service ended before it listened');
}
