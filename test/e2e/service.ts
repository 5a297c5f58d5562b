import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GraphQLFormattedError } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { startServer, type Server } from '../../src/server.ts';

export interface GraphQLResult<Data> {
  readonly status: number;
  readonly data: Data;
  readonly errors?: readonly { message: string; path?: string[]; extensions: Record<string, unknown> }[];
}

export interface UploadedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly type?: string;
}

/** The real service on a port of loopback, on data of its own, and a client of it. */
export class Service {
  private constructor(
    readonly server: Server,
    readonly dataDir: string,
  ) {}

  static async start(settings: Record<string, string> = {}, dataDir?: string): Promise<Service> {
    const directory = dataDir ?? (await mkdtemp(join(tmpdir(), 'lookalike-')));
    // What is found must not depend on the processor, nor on how busy it is.
    const defaults = { PORT: '0', LOOKALIKE_DATA_DIR: directory, EMBEDDING_PRECISION: 'float32' };
    const server = await startServer({ ...defaults, ...settings }, false);
    return new Service(server, directory);
  }

  get url(): string {
    return this.server.url;
  }

  /** Sends a query; with files, as a multipart request whose `paths` (`variables.file`) they stand for. */
  async graphql<Data = Record<string, never>>(
    query: string,
    variables: Record<string, unknown> = {},
    files: Record<string, UploadedFile> = {},
    headers: Record<string, string> = { 'Apollo-Require-Preflight': 'true' },
  ): Promise<GraphQLResult<Data>> {
    const paths = Object.keys(files);
    const operations = JSON.stringify({ query, variables });
    let body: string | FormData = operations;
    let contentType: Record<string, string> = { 'Content-Type': 'application/json' };
    if (paths.length > 0) {
      body = new FormData();
      body.append('operations', operations);
      body.append('map', JSON.stringify(Object.fromEntries(paths.map((path, n) => [n, [path]]))));
      Object.values(files).forEach(({ bytes, name, type = 'image/jpeg' }, n) => {
        (body as FormData).append(String(n), new Blob([new Uint8Array(bytes)], { type }), name);
      });
      contentType = {};
    }
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      body,
      headers: { ...contentType, ...headers },
    });
    const result = (await response.json()) as Omit<GraphQLResult<Data>, 'status'>;
    return { ...result, status: response.status };
  }

  /** As `graphql`, for requests that must succeed. */
  async query<Data>(
    query: string,
    variables: Record<string, unknown> = {},
    files: Record<string, UploadedFile> = {},
  ): Promise<Data> {
    const { data, errors } = await this.graphql<Data>(query, variables, files);
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  }

  /** Waits for a job to end and returns it. */
  async job(id: string): Promise<JobResult> {
    for (;;) {
      const { job } = await this.query<{ job: JobResult }>(
        `query ($id: ID!) {
          job(id: $id) {
            id kind state total done failed error { code message }
            failures { nodes { item code message } }
          }
        }`,
        { id },
      );
      if (job.state !== 'QUEUED' && job.state !== 'RUNNING') return job;
      await sleep(50);
    }
  }

  /** The events of a subscription, until it ends. */
  async *subscribe<Data>(
    query: string,
    variables: Record<string, unknown>,
    origin?: string,
  ): AsyncGenerator<Data> {
    const headers: Record<string, string> = origin === undefined ? {} : { origin };
    class Socket extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols, { headers });
      }
    }
    const client = createClient({
      url: `${this.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: Socket,
      retryAttempts: 0,
    });
    try {
      for await (const { data, errors } of client.iterate<Data>({ query, variables })) {
        if (errors !== undefined) throw new Error(JSON.stringify(errors));
        yield data as Data;
      }
    } finally {
      await client.dispose();
    }
  }

  /** The errors that an operation over WebSocket ends with, in whichever message they come. */
  async socketErrors(
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<readonly GraphQLFormattedError[]> {
    const client = createClient({
      url: `${this.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    try {
      for await (const { errors } of client.iterate({ query, variables })) {
        if (errors !== undefined) return errors.map((error) => error);
      }
      return [];
    } catch (refusal) {
      if (Array.isArray(refusal)) return refusal as GraphQLFormattedError[];
      throw refusal;
    } finally {
      await client.dispose();
    }
  }

  /** Stops the service and keeps its data. */
  async stop(): Promise<void> {
    await this.server.close();
  }

  async stopAndForget(): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

export interface JobResult {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly total: number | null;
  readonly done: number;
  readonly failed: number;
  readonly error: { code: string; message: string } | null;
  readonly failures: { nodes: { item: string; code: string; message: string }[] };
}
