import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, request as send, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import express, { type Request, type Response } from 'express';
import Upload from 'graphql-upload/Upload.mjs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { codedError, readUpload } from '../../src/common/index.ts';
import { UploadLimitsConfig } from '../../src/config/index.ts';
import { uploadGuard } from '../../src/http/uploads/upload-guard.ts';
import { UploadMemory } from '../../src/http/uploads/upload-memory.ts';

const MEBIBYTE = 1024 * 1024;
const BOUNDARY = 'the-boundary';
const FORM = `multipart/form-data; boundary=${BOUNDARY}`;
const limits = new UploadLimitsConfig({
  MAX_UPLOAD_BYTES: 4 * MEBIBYTE,
  MAX_UPLOAD_FILES: 3,
  MAX_ANNOTATIONS_BYTES: 1000,
  UPLOAD_MEMORY_BYTES: 0,
});

type Part = readonly [name: string, value: string | Buffer, filename?: string];

/** The body of a multipart request, without its end if `cut` says so. */
function multipart(parts: readonly Part[], { cut = false } = {}): Buffer {
  const chunks = parts.flatMap(([name, value, filename]) => {
    const file = filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: image/jpeg`;
    return [`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`, value, '\r\n'];
  });
  const whole = [...chunks, cut ? '' : `--${BOUNDARY}--\r\n`].map((chunk) => Buffer.from(chunk));
  return cut ? Buffer.concat(whole).subarray(0, -2) : Buffer.concat(whole);
}

const operations = (variables: object): Part => ['operations', JSON.stringify({ query: 'q', variables })];
const map = (places: object): Part => ['map', JSON.stringify(places)];
const one = [operations({ a: null }), map({ 0: ['variables.a'] })];
const file = (name: string, bytes: string | Buffer, filename = 'a.jpg'): Part => [name, bytes, filename];

/** What the service reads of a request: each upload in its place, by its name and bytes, or by its error. */
async function read(value: unknown): Promise<unknown> {
  if (value instanceof Upload) {
    try {
      const bytes = await readUpload(value.promise, limits.MAX_UPLOAD_BYTES);
      return `${(await value.promise).filename}: ${bytes.length > 99 ? bytes.length : bytes.toString()}`;
    } catch (error) {
      return codedError(error).code;
    }
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([key, each]) => [key, await read(each)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** A server behind the guard, whose handler can be held up. */
class Guarded {
  readonly memory: UploadMemory;
  handled = 0;
  /** What each request waits for before it is answered. */
  held: Promise<unknown> = Promise.resolve();
  private readonly server: Server;

  constructor(memoryBytes: number) {
    this.memory = new UploadMemory(memoryBytes);
    const app = express();
    app.use(uploadGuard(limits, this.memory));
    app.use((request: Request, response: Response) => void this.answer(request, response));
    this.server = createServer(app);
  }

  async listen(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  private async answer(request: Request, response: Response): Promise<void> {
    this.handled += 1;
    const { body } = request as { body: { variables: Record<string, unknown> } };
    const { variables } = body;
    const shared = variables.a instanceof Upload && variables.a === variables.b;
    const seen = { ...((await read(variables)) as object), shared };
    await this.held;
    response.send(seen);
  }

  start(headers: Record<string, string | number>) {
    const { port } = this.server.address() as AddressInfo;
    return send({
      port,
      method: 'POST',
      headers: { 'content-type': FORM, 'apollo-require-preflight': 'true', ...headers },
    });
  }

  /** Sends a body in pieces of this size. */
  async post(body: Buffer, { headers = {}, piece = body.length }: PostOptions = {}): Promise<unknown> {
    const request = this.start({ 'content-length': body.length, ...headers });
    request.setNoDelay();
    const answered = once(request, 'response') as Promise<[NodeJS.ReadableStream]>;
    for (let at = 0; at < body.length; at += piece) {
      request.write(body.subarray(at, at + piece));
      if (piece < body.length) await sleep(0);
    }
    request.end();
    const [response] = await answered;
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return JSON.parse(text);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

interface PostOptions {
  readonly headers?: Record<string, string>;
  readonly piece?: number;
}

const refused = (code: string, details: object = {}) => ({
  errors: [{ message: expect.any(String), extensions: { code, ...details } }],
});

let folder: string;
const before = process.env.TMPDIR;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
  process.env.TMPDIR = folder;
});
afterEach(async () => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  await rm(folder, { recursive: true });
});

const temporaryFiles = () => readdir(folder);
/** Waits until something that follows the end of a connection has happened. */
const eventually = async (happened: () => boolean | Promise<boolean>) => {
  while (!(await happened())) await sleep(5);
};

describe.each([
  ['held in memory', 64 * MEBIBYTE],
  ['kept in temporary files', 0],
])('a multipart request %s', (_how, memoryBytes) => {
  let guarded: Guarded;
  beforeEach(async () => {
    guarded = new Guarded(memoryBytes);
    await guarded.listen();
  });
  afterEach(async () => {
    await guarded.close();
    await eventually(async () => (await temporaryFiles()).length === 0);
    expect(guarded.memory.reserved).toBe(0);
  });

  it.each<[string, Part[], unknown]>([
    ['a file', [...one, file('0', 'bytes')], { a: 'a.jpg: bytes', shared: false }],
    [
      'the first of several files with one name',
      [...one, file('0', 'first'), file('0', Buffer.alloc(300_000)), file('0', 'third')],
      { a: 'a.jpg: first', shared: false },
    ],
    ['an empty file', [...one, file('0', '')], { a: 'a.jpg: ', shared: false }],
    ['a name that is not English', [...one, file('0', 'x', 'Käse.jpg')], { a: 'Käse.jpg: x', shared: false }],
    ['a large file', [...one, file('0', Buffer.alloc(3 * MEBIBYTE))], { a: 'a.jpg: 3145728', shared: false }],
    [
      'a file above the limit',
      [...one, file('0', Buffer.alloc(5 * MEBIBYTE))],
      { a: 'UPLOAD_TOO_LARGE', shared: false },
    ],
    [
      'several files in lists and objects, in another order than in the map',
      [
        operations({ a: [null, { b: null }], c: 1 }),
        map({ x: ['variables.a.0'], y: ['variables.a.1.b'] }),
        file('y', 'second'),
        file('x', 'first', 'b.jpg'),
      ],
      { a: { 0: 'b.jpg: first', 1: { b: 'a.jpg: second' } }, c: 1, shared: false },
    ],
    [
      'one file in two places',
      [operations({ a: null, b: null }), map({ 0: ['variables.a', 'variables.b'] }), file('0', 'bytes')],
      { a: 'a.jpg: bytes', b: 'a.jpg: bytes', shared: true },
    ],
    [
      'a file that no place holds',
      [...one, file('9', 'nobody asked'), file('0', 'bytes')],
      { a: 'a.jpg: bytes', shared: false },
    ],
    ['a file that is missing', [...one], { a: 'UPLOAD_MALFORMED', shared: false }],
    ['text in place of a file', [...one, ['0', 'text']], { a: 'UPLOAD_MALFORMED', shared: false }],
    ['no file at all', [operations({ c: 1 }), map({})], { c: 1, shared: false }],
  ])('reads %s', async (_what, parts, expected) => {
    expect(await guarded.post(multipart(parts))).toEqual(expected);
  });

  it.each<[string, Part[]]>([
    ['without operations', []],
    ['without a map', [operations({})]],
    ['with the map before the operations', [map({}), operations({})]],
    ['with a file before the map', [operations({ a: null }), file('0', 'x'), map({ 0: ['variables.a'] })]],
    ['with operations that are not JSON', [['operations', '{'], map({})]],
    ['with operations that are text', [['operations', '"text"'], map({})]],
    ['with a map that is not JSON', [operations({}), ['map', '{']]],
    ['with a map that is a list', [operations({}), ['map', '[]']]],
    ['with a map that is null', [operations({}), ['map', 'null']]],
    ['with a map without lists', [operations({ a: null }), map({ 0: 'variables.a' })]],
    ['with a place that is a number', [operations({ a: null }), map({ 0: [7] })]],
    ['with a place inside text', [operations({ a: 'text' }), map({ 0: ['variables.a.b'] })]],
  ])('is refused %s', async (_what, parts) => {
    expect(await guarded.post(multipart(parts))).toEqual(refused('UPLOAD_MALFORMED'));
    expect(guarded.handled).toBe(0);
  });

  it('is refused with too many files in its map', async () => {
    const places = { 0: ['variables.a'], 1: ['variables.a'], 2: ['variables.a'], 3: ['variables.a'] };
    expect(await guarded.post(multipart([operations({ a: null }), map(places)]))).toEqual(
      refused('UPLOAD_TOO_LARGE', { maxFiles: 3 }),
    );
  });

  it('is refused with a field that is too long', async () => {
    const long = operations({ text: 'x'.repeat(65_536) });
    expect(await guarded.post(multipart([long, map({})]))).toEqual(
      refused('UPLOAD_TOO_LARGE', { maxFieldBytes: 65_536 }),
    );
  });

  it('is refused without a boundary', async () => {
    const headers = { 'content-type': 'multipart/form-data' };
    expect(await guarded.post(multipart([...one]), { headers })).toEqual(refused('UPLOAD_MALFORMED'));
  });

  it('is read from many small pieces', async () => {
    const body = multipart([...one, file('0', 'a file in pieces')]);
    expect(await guarded.post(body, { piece: 3 })).toMatchObject({ a: 'a.jpg: a file in pieces' });
  });

  it('leaves nothing behind when its client breaks off', async () => {
    const body = multipart([...one, file('0', Buffer.alloc(MEBIBYTE))]);
    for (const share of [0.0001, 0.5, 0.99]) {
      const request = guarded.start({ 'content-length': body.length });
      request.on('error', () => undefined);
      request.write(body.subarray(0, body.length * share));
      await sleep(50);
      request.destroy();
    }
    await eventually(() => guarded.memory.reserved === 0);
  });
});

describe('the memory for uploads', () => {
  const body = multipart([...one, file('0', 'bytes')]);
  let guarded: Guarded;
  beforeEach(async () => {
    guarded = new Guarded(4 * body.length);
    await guarded.listen();
  });
  afterEach(() => guarded.close());

  it('holds files without a temporary one until the request is answered', async () => {
    let release = (): void => undefined;
    guarded.held = new Promise<void>((resolve) => (release = resolve));
    const answered = guarded.post(body);
    await eventually(() => guarded.handled === 1);
    expect(guarded.memory.reserved).toBe(body.length);
    expect(await temporaryFiles()).toEqual([]);
    release();
    expect(await answered).toMatchObject({ a: 'a.jpg: bytes' });
    await eventually(() => guarded.memory.reserved === 0);
  });

  it('does not hold more files than allowed', async () => {
    const many = multipart([...one, ...['0', '1', '2', '3'].map((name) => file(name, 'x'))]);
    const roomy = new Guarded(4 * many.length);
    await roomy.listen();
    expect(await roomy.post(many)).toEqual(refused('UPLOAD_TOO_LARGE', { maxFiles: 3 }));
    expect(roomy.handled).toBe(0);
    await roomy.close();
  });

  it.each([
    ['before the end of a file', 'UPLOAD_INTERRUPTED', [...one, file('0', 'bytes')]],
    ['before its map', 'UPLOAD_MALFORMED', [operations({ a: null })]],
  ])('is not taken for a request that ends %s', async (_what, code, parts) => {
    const cut = multipart(parts, { cut: true });
    const roomy = new Guarded(4 * cut.length);
    await roomy.listen();
    expect(await roomy.post(cut)).toEqual(refused(code));
    expect(roomy.handled).toBe(0);
    await roomy.close();
  });

  it('leaves what it has no room for to temporary files', async () => {
    let release = (): void => undefined;
    guarded.held = new Promise<void>((resolve) => (release = resolve));
    const held = [1, 2, 3, 4].map(() => guarded.post(body));
    await eventually(() => guarded.handled === 4);
    expect(await temporaryFiles()).toEqual([]);
    const fifth = guarded.post(body);
    await eventually(() => guarded.handled === 5);
    expect(guarded.memory.reserved).toBe(4 * body.length);
    await eventually(async () => (await temporaryFiles()).length === 1);
    release();
    for (const answer of await Promise.all([...held, fifth])) {
      expect(answer).toMatchObject({ a: 'a.jpg: bytes' });
    }
    await eventually(async () => (await temporaryFiles()).length === 0);
    await eventually(() => guarded.memory.reserved === 0);
    guarded.held = Promise.resolve();
    expect(await guarded.post(body)).toMatchObject({ a: 'a.jpg: bytes' });
  });

  it.each([
    ['has more than a quarter of it', multipart([...one, file('0', 'more bytes')]), {}],
    ['does not declare its length', body, { 'transfer-encoding': 'chunked' }],
  ])('is not given to a request that %s', async (_what, sent, headers) => {
    let release = (): void => undefined;
    guarded.held = new Promise<void>((resolve) => (release = resolve));
    const request = guarded.start(
      'transfer-encoding' in headers ? headers : { 'content-length': sent.length },
    );
    request.end(sent);
    await eventually(() => guarded.handled === 1);
    expect(guarded.memory.reserved).toBe(0);
    await eventually(async () => (await temporaryFiles()).length === 1);
    release();
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
    response.resume();
    await eventually(async () => (await temporaryFiles()).length === 0);
  });

  it('is released when a client goes away before it is answered', async () => {
    guarded.held = new Promise<never>(() => undefined);
    const request = guarded.start({ 'content-length': body.length });
    request.on('error', () => undefined);
    request.end(body);
    await eventually(() => guarded.handled === 1);
    expect(guarded.memory.reserved).toBe(body.length);
    request.destroy();
    await eventually(() => guarded.memory.reserved === 0);
  });
});
