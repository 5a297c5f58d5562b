import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AnswerUnreadableError,
  DatasetNotFoundError,
  fromPath,
  LookalikeClient,
  OverloadedError,
  ServiceUnreachableError,
} from '@lookalike/client';

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

const EMPTY: Answer = { status: 200, body: '{"data":{"dataset":null}}' };
const BAD_GATEWAY: Answer = { status: 502, body: '<html>Bad gateway</html>' };
const OVERLOADED: Answer = {
  status: 503,
  body: '{"errors":[{"message":"Try later.","extensions":{"code":"OVERLOADED","waiting":7}}]}',
};

describe('requests of @lookalike/client', () => {
  let server: Server;
  /** What the server answers, one after the other; null closes the connection instead. */
  let answers: (Answer | null)[];
  let received: { headers: NodeJS.Dict<string | string[]>; body: string }[];
  let onReceived: (() => void) | undefined;
  let onAnswered: (() => void) | undefined;
  let client: LookalikeClient;

  beforeEach(async () => {
    onReceived = onAnswered = undefined;
    answers = [];
    received = [];
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        onReceived?.();
        response.once('finish', () => onAnswered?.());
        const answer = answers.shift();
        if (answer === null) request.socket.destroy();
        else if (answer !== undefined) response.writeHead(answer.status, answer.headers).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = new LookalikeClient({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    });
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ['a gateway without service', BAD_GATEWAY],
    ['an overloaded service', OVERLOADED],
    ['a closed connection', null],
  ])('repeats a query after %s', async (_, failure) => {
    answers = [failure, failure, EMPTY];
    expect(await client.dataset('shoes')).toBeNull();
    expect(received).toHaveLength(3);
  });

  it.each([
    [BAD_GATEWAY, AnswerUnreadableError],
    [OVERLOADED, OverloadedError],
    [null, ServiceUnreachableError],
  ])('does not repeat a mutation', async (failure, errorClass) => {
    answers = [failure, EMPTY];
    await expect(client.createDataset('shoes')).rejects.toThrow(errorClass);
    expect(received).toHaveLength(1);
  });

  it('gives up after as many retries as configured', async () => {
    answers = [OVERLOADED, OVERLOADED, EMPTY];
    const once = new LookalikeClient({ url: client.url, retries: 1 });
    await expect(once.dataset('shoes')).rejects.toMatchObject({
      code: 'OVERLOADED',
      status: 503,
      details: { waiting: 7 },
    });
    expect(received).toHaveLength(2);
  });

  it('does not repeat what would fail again', async () => {
    const extensions = { code: 'DATASET_NOT_FOUND', dataset: 'shoes' };
    answers = [{ status: 404, body: JSON.stringify({ errors: [{ message: 'No dataset.', extensions }] }) }];
    await expect(client.images('shoes').first()).rejects.toThrow(DatasetNotFoundError);
    expect(received).toHaveLength(1);
  });

  it('keeps a code that it does not know, and the data beside an error', async () => {
    const errors = [{ message: 'New.', extensions: { code: 'NEW_IN_VERSION_9' } }];
    answers = [{ status: 200, body: JSON.stringify({ data: { a: 1, b: null }, errors }) }];
    await expect(client.request('{ a b }')).rejects.toMatchObject({
      name: 'NewInVersion9Error',
      code: 'NEW_IN_VERSION_9',
      data: { a: 1, b: null },
    });
  });

  it('says when something else answers', async () => {
    answers = [{ status: 200, body: '<html>A shop</html>' }];
    await expect(client.dataset('shoes')).rejects.toThrow(/not as Lookalike does/);
  });

  describe('with a signal that is aborted', () => {
    const reason = new Error('The page was closed.');

    it('throws its reason, and sends nothing if it was aborted before', async () => {
      await expect(client.dataset('shoes', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(received).toEqual([]);
    });

    it('throws its reason while it waits for an answer', async () => {
      const stop = new AbortController();
      onReceived = () => stop.abort(reason);
      await expect(client.dataset('shoes', { signal: stop.signal })).rejects.toBe(reason);
    });

    it('throws its reason while it waits for the next attempt', async () => {
      const stop = new AbortController();
      answers = [{ ...BAD_GATEWAY, headers: { 'retry-after': '10' } }];
      onAnswered = () => stop.abort(reason);
      await expect(client.dataset('shoes', { signal: stop.signal })).rejects.toBe(reason);
      expect(received).toHaveLength(1);
    });
  });

  it('sends headers of the moment', async () => {
    answers = [EMPTY, EMPTY];
    let token = 0;
    const authorised = new LookalikeClient({
      url: client.url,
      headers: async () => ({ authorization: `Bearer ${++token}` }),
    });
    await authorised.dataset('shoes');
    await authorised.dataset('shoes');
    expect(received.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 2']);
    expect(received[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
  });

  it('sends files as the multipart specification says', async () => {
    answers = [{ status: 200, body: '{"data":{"putImages":{"results":[]}}}' }];
    const images = [
      { externalId: 'a', url: 'http://example.com/a.jpg' },
      { externalId: 'b', upload: new File(['B'], 'b.jpg') },
    ];
    await client.putImages('shoes', images);
    const { headers, body } = received[0]!;
    expect(headers['apollo-require-preflight']).toBe('true');
    const form = await new Response(body, {
      headers: { 'content-type': String(headers['content-type']) },
    }).formData();
    expect([...form.keys()]).toEqual(['operations', 'map', '0']);
    expect(form.get('map')).toBe('{"0":["variables.images.1.upload"]}');
    expect(JSON.parse(form.get('operations') as string)).toMatchObject({
      variables: { images: [{ url: 'http://example.com/a.jpg' }, { externalId: 'b', upload: null }] },
    });
    expect(form.get('0')).toMatchObject({ name: 'b.jpg', size: 1 });
  });

  it('passes on the error of a file that does not exist', async () => {
    const search = client.search({ by: { upload: fromPath('/nowhere/picture.jpg') } });
    await expect(search).rejects.toThrow(/picture\.jpg|ENOENT|open/);
    expect(received).toEqual([]);
  });

  it('refuses an address that is none', () => {
    expect(() => new LookalikeClient({ url: '/graphql' })).toThrow('Invalid URL');
  });
});
