import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['bin', 'dist', 'samples', 'scripts', 'package.json', 'schema.gql'];
const LINKED = ['models', 'node_modules'];
/** As README.md defines it. */
const PRELUDE = 'lookalike() { npm run --silent lookalike -- "$@"; }';
/** How far a score may be off on another processor. */
const TOLERANCE = 0.02;
const FENCED = /^```sh\n([^]*?)^```\n(?:\n```text\n([^]*?)^```\n)?/gm;

/** A fenced block of shell commands in a document. */
export interface ShellBlock {
  readonly commands: string;
  /** What the document says that they print; undefined if it does not show it. */
  readonly shown: string | undefined;
  /** What it needs that a test does not have, such as `Docker`; undefined for nothing. */
  readonly needs: string | undefined;
}

export interface BlockRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function shellBlocks(markdown: string): ShellBlock[] {
  return [...markdown.matchAll(FENCED)].map(([, commands = '', shown]) => ({
    commands,
    shown,
    needs: /# needs (.+)$/m.exec(commands)?.[1],
  }));
}

/** A copy of the built checkout, as it is after "npm ci", without any data. */
export async function freshCheckout(folder: string): Promise<void> {
  for (const name of COPIED) await cp(join(root, name), join(folder, name), { recursive: true });
  for (const name of LINKED) await symlink(join(root, name), join(folder, name));
}

/**
 * Runs the blocks one after the other in one shell, until one fails. A block with "npm start" keeps
 * running in the background while the others follow; it is stopped at the end.
 */
export async function runBlocks(folder: string, blocks: readonly ShellBlock[]): Promise<BlockRun[]> {
  const port = await freePort();
  const output = join(folder, 'output');
  await mkdir(output);
  const script = blocks.map(({ commands }, at) => {
    const [stdout, stderr] = [`'${output}/${at}.out'`, `'${output}/${at}.err'`];
    const local = commands.replaceAll('127.0.0.1:3000', `127.0.0.1:${port}`);
    if (!/\bnpm start\b/.test(commands)) return `{\n${local}} >${stdout} 2>${stderr}\n`;
    const isReady = `curl -sf http://127.0.0.1:${port}/health/ready`;
    return `{\n${local}} >${stdout} 2>${stderr} &\nuntil ${isReady} >/dev/null; do kill -0 $!; sleep 0.2; done\n`;
  });
  const done = blocks.map((_block, at) => `echo ${at} >'${output}/done'\n`);
  const steps = script.flatMap((step, at) => [step, done[at]]);
  await writeFile(join(output, 'script.sh'), ['set -e\n', `${PRELUDE}\n`, ...steps].join(''));

  const child = spawn('sh', [join(output, 'script.sh')], {
    cwd: folder,
    detached: true,
    stdio: 'ignore',
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      PORT: String(port),
      // The scores that the documents show, which are the same on all processors.
      EMBEDDING_PRECISION: 'float32',
    },
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (child.pid !== undefined) await stopGroup(child.pid);
  const last = code === 0 ? blocks.length : Number(await textOf(join(output, 'done'), '-1')) + 1;
  return Promise.all(
    blocks.slice(0, last + 1).map(async (_block, at) => ({
      code: at < last ? 0 : code,
      stdout: await textOf(join(output, `${at}.out`)),
      stderr: await textOf(join(output, `${at}.err`)),
    })),
  );
}

/**
 * Whether commands printed what a document shows. In a shown line "…" stands for any text, and as a
 * line of its own at the end for all further lines. Numbers with a fraction may differ a little.
 */
export function agrees(shown: string, printed: string): boolean {
  const expected = shown.trimEnd().split('\n');
  const actual = printed.trimEnd().split('\n');
  const isCut = expected.at(-1) === '…';
  if (isCut) expected.pop();
  if (isCut ? actual.length < expected.length : actual.length !== expected.length) return false;
  return expected.every((line, at) => lineAgrees(line.trimEnd(), (actual[at] ?? '').trimEnd()));
}

function lineAgrees(shown: string, printed: string): boolean {
  const numbers: number[] = [];
  const parts = shown.split(/(…|\d+\.\d+)/).map((part) => {
    if (part === '…') return '.*';
    if (!/^\d+\.\d+$/.test(part)) return part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
    numbers.push(Number(part));
    return String.raw`(\d+\.\d+)`;
  });
  const match = new RegExp(`^${parts.join('')}$`).exec(printed);
  return (
    match !== null && numbers.every((number, at) => Math.abs(number - Number(match[at + 1])) <= TOLERANCE)
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Ends what a detached child has started and waits until nothing of it runs. */
async function stopGroup(leader: number): Promise<void> {
  for (let signal: 'SIGTERM' | 0 = 'SIGTERM'; ; signal = 0) {
    try {
      process.kill(-leader, signal);
    } catch {
      return;
    }
    await sleep(50);
  }
}

async function textOf(file: string, absent = ''): Promise<string> {
  return readFile(file, 'utf8').catch(() => absent);
}
