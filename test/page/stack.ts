import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** What `npm run build` has made. */
export const built = fileURLToPath(new URL('../../dist', import.meta.url));
const command = fileURLToPath(new URL('../../bin/lookalike.js', import.meta.url));

interface Options {
  /** Whether the sample pictures are there, indexed; the catalogue is empty otherwise. */
  samples?: boolean;
  settings?: Record<string, string>;
  dataDir?: string;
}

/** The built service in a process of its own, with the built page, on data of its own. */
export class Stack {
  private process: ChildProcess | undefined;
  private address = '';

  private constructor(
    private readonly settings: Record<string, string>,
    private readonly dataDir: string,
    private readonly isOwnData: boolean,
  ) {}

  static async start({ samples = false, settings = {}, dataDir }: Options = {}): Promise<Stack> {
    const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'lookalike-page-')));
    if (samples) await cp(process.env.LOOKALIKE_PAGE_DATA!, folder, { recursive: true });
    const stack = new Stack(settings, folder, dataDir === undefined);
    await stack.run('0');
    return stack;
  }

  /** `http://127.0.0.1:41234` */
  get url(): string {
    return this.address;
  }

  async query<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const response = await fetch(`${this.address}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  }

  /** Waits for a job to succeed. */
  async jobEnd(id: string): Promise<void> {
    for (;;) {
      const { job } = await this.query<{ job: { state: string; error: unknown } }>(
        'query ($id: ID!) { job(id: $id) { state error { message } } }',
        { id },
      );
      if (job.state === 'SUCCEEDED') return;
      if (job.state !== 'QUEUED' && job.state !== 'RUNNING') throw new Error(JSON.stringify(job));
      await sleep(100);
    }
  }

  /** Ends the service; its data stay for `resume`. */
  async pause(): Promise<void> {
    const { process: running } = this;
    if (running === undefined) return;
    this.process = undefined;
    running.kill('SIGTERM');
    await once(running, 'exit');
  }

  /** Starts the service again at the same address. */
  async resume(): Promise<void> {
    await this.run(new URL(this.address).port);
  }

  async stop(): Promise<void> {
    await this.pause();
    if (this.isOwnData) await rm(this.dataDir, { recursive: true, force: true });
  }

  private async run(port: string): Promise<void> {
    const child = spawn(process.execPath, [command, 'serve', '--port', port], {
      env: { ...process.env, NODE_OPTIONS: '', LOOKALIKE_DATA_DIR: this.dataDir, ...this.settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process = child;
    const output: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    for await (const line of createInterface(child.stdout)) {
      output.push(line);
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
      if (found === null) continue;
      this.address = found[0];
      // Whatever it says later is thrown away, and never blocks it.
      child.stdout.resume();
      return;
    }
    throw new Error(`The service did not start: ${output.join('\n')}`);
  }
}
