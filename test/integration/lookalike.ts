import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../bin/lookalike.js', import.meta.url));

export interface Ended {
  /** Null if a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the built command line on the data folder of a test. */
export function start(
  dataDir: string,
  args: readonly string[],
  settings: Record<string, string> = {},
): ChildProcess {
  return spawn(process.execPath, [bin, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', LOOKALIKE_DATA_DIR: dataDir, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

/** A line of progress, with or without a stage: `index: calibrating · 800/800 · 1735/s`. */
const PROGRESS = /^(import|index|map|delete|verify): .+ · .+$/;

/** The lines on standard error, without the progress that a slow command prints. */
export function complaintsOf({ stderr }: Ended): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !PROGRESS.test(line));
}

export function run(dataDir: string, ...args: string[]): Promise<Ended> {
  return ended(start(dataDir, args));
}

/** The objects that a command prints with `--json`. Throws if it fails. */
export async function runJson<Line = Record<string, unknown>>(
  dataDir: string,
  ...args: string[]
): Promise<Line[]> {
  const { code, stdout, stderr } = await run(dataDir, ...args, '--json');
  if (code !== 0) throw new Error(`lookalike ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}
