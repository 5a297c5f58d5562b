import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DatasetsService } from '../../src/datasets/index.ts';
import { Service } from './service.ts';

const PROTOCOL = 'graphql-transport-ws';

/** Speaks the protocol message by message. */
class RawClient {
  readonly received: { type: string; id?: string; payload?: unknown }[] = [];

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.received.push(JSON.parse(String(data)) as { type: string });
      socket.emit('received');
    });
  }

  static async open(service: Service, { init = true } = {}): Promise<RawClient> {
    const client = new RawClient(new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, PROTOCOL));
    await once(client.socket, 'open');
    if (init) {
      client.send({ type: 'connection_init' });
      await client.message('connection_ack');
    }
    return client;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  subscribe(id: string, query: string): void {
    this.send({ id, type: 'subscribe', payload: { query } });
  }

  async message(type: string, id?: string): Promise<{ payload?: unknown }> {
    for (;;) {
      const found = this.received.find((message) => message.type === type && message.id === id);
      if (found !== undefined) return found;
      await once(this.socket, 'received');
    }
  }

  /** The code with which the server closes the connection. */
  async closed(): Promise<number> {
    const [code] = (await once(this.socket, 'close')) as [number];
    return code;
  }
}

describe('the WebSocket door', () => {
  let service: Service;

  beforeAll(async () => {
    service = await Service.start({ CORS_ORIGINS: 'https://shop.example' });
  });
  afterAll(() => service.stopAndForget());
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const connections = () =>
    new Promise<number>((resolve, reject) => {
      service.server.app.getHttpServer().getConnections((error: Error | null, count: number) => {
        if (error === null) resolve(count);
        else reject(error);
      });
    });
  const upgradeOn = (socket: Socket, path: string, headers: Record<string, string> = {}) => {
    const all = {
      Host: new URL(service.url).host,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Protocol': PROTOCOL,
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  };
  /** The whole answer: it resolves only once the server has closed the connection. */
  const refused = async (path: string, headers?: Record<string, string>) => {
    const socket = connect({ port: Number(new URL(service.url).port), allowHalfOpen: true });
    upgradeOn(socket, path, headers);
    const answer = await text(socket);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const { errors } = JSON.parse(body) as { errors: { extensions: { code: string } }[] };
    socket.destroy();
    return { status: head.split('\r\n')[0], code: errors[0]?.extensions.code };
  };

  it.each([
    ['/', {}, 'HTTP/1.1 404 Not Found', 'UPGRADE_NOT_FOUND'],
    ['/graphqlx', {}, 'HTTP/1.1 404 Not Found', 'UPGRADE_NOT_FOUND'],
    ['/health/live', {}, 'HTTP/1.1 404 Not Found', 'UPGRADE_NOT_FOUND'],
    ['//[', {}, 'HTTP/1.1 404 Not Found', 'UPGRADE_NOT_FOUND'],
    ['/graphql', { Host: 'evil.example' }, 'HTTP/1.1 403 Forbidden', 'HOST_NAME_REFUSED'],
    ['/graphql', { Origin: 'https://evil.example' }, 'HTTP/1.1 403 Forbidden', 'ORIGIN_REFUSED'],
    ['/graphql', { Origin: 'null' }, 'HTTP/1.1 403 Forbidden', 'ORIGIN_REFUSED'],
  ])('answers an upgrade of %s with %j by %s, and closes', async (path, headers, status, code) => {
    expect(await refused(path, headers)).toEqual({ status, code });
  });

  it('keeps nothing of 200 refused upgrades whose clients never hang up', async () => {
    const before = await connections();
    const sockets = Array.from({ length: 200 }, () =>
      connect({ port: Number(new URL(service.url).port), allowHalfOpen: true }),
    );
    await Promise.all(
      sockets.map(async (socket) => {
        upgradeOn(socket, '/elsewhere');
        socket.resume();
        await once(socket, 'end');
      }),
    );
    expect(await connections()).toBeLessThanOrEqual(before);
    for (const socket of sockets) socket.destroy();
  });

  it('lets named origins and clients without one in', async () => {
    expect((await service.socketErrors('{ datasets { totalCount } }')).length).toBe(0);
    const events = service.subscribe('{ datasets { totalCount } }', {}, 'https://shop.example');
    expect((await events.next()).value).toEqual({ datasets: { totalCount: 0 } });
    await events.return(undefined);
  });

  it('closes a connection that sends a message larger than a body over HTTP may be', async () => {
    const client = await RawClient.open(service);
    client.subscribe('1', `{ datasets { totalCount } } # ${'x'.repeat(256 * 1024)}`);
    expect(await client.closed()).toBe(1009);
    expect(client.received.some(({ type }) => type === 'next')).toBe(false);
  });

  it('closes a connection that does not begin with the protocol', async () => {
    const client = await RawClient.open(service, { init: false });
    expect(await client.closed()).toBe(4408);
  });

  const held = () => {
    let release: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (release = resolve));
    const list = jest.spyOn(service.server.app.get(DatasetsService), 'list');
    list.mockImplementation(async () => {
      await until;
      return [];
    });
    return { release, list };
  };

  it('sends the payload of a ping back unless it is large', async () => {
    const client = await RawClient.open(service);
    client.send({ type: 'ping', payload: { x: 'small' } });
    expect((await client.message('pong')).payload).toEqual({ x: 'small' });
    client.received.length = 0;
    client.send({ type: 'ping', payload: { x: 'x'.repeat(100_000) } });
    expect(await client.message('pong')).toEqual({ type: 'pong' });
    client.socket.terminate();
  });

  it.each([
    ['messages', (socket: WebSocket) => socket.send(`{"type":"ping","payload":{"x":"${'x'.repeat(900)}"}}`)],
    ['frames', (socket: WebSocket) => socket.ping('x'.repeat(125))],
  ])('reads no more ping %s from a client that does not read the answers', async (_what, ping) => {
    const upgraded = once(service.server.app.getHttpServer(), 'upgrade') as Promise<[unknown, Duplex]>;
    const client = await RawClient.open(service);
    const [, served] = await upgraded;
    let pongs = 0;
    client.socket.on('pong', () => (pongs += 1));
    client.socket.pause();
    let pings = 0;
    while (!served.isPaused()) {
      for (let n = 0; n < 1_000; n += 1) ping(client.socket);
      pings += 1_000;
      await sleep(1);
    }
    expect(served.writableLength).toBeLessThan(2 * 1024 * 1024);
    client.socket.resume();
    while (pongs + client.received.filter(({ type }) => type === 'pong').length < pings) await sleep(10);
    expect(served.isPaused()).toBe(false);
    client.socket.terminate();
  });

  it('leaves the log alone when clients go away amid pings', async () => {
    const logged = [
      jest.spyOn(console, 'error').mockReturnValue(),
      jest.spyOn(Logger.prototype, 'error').mockReturnValue(),
    ];
    for (let n = 0; n < 20; n += 1) {
      const upgraded = once(service.server.app.getHttpServer(), 'upgrade') as Promise<[unknown, Socket]>;
      const client = await RawClient.open(service);
      const [, served] = await upgraded;
      // `once` of node:events would reject when the socket fails, as it does here.
      const closed = new Promise((resolve) => served.once('close', resolve));
      for (let ping = 0; ping < 1_000; ping += 1) client.send({ type: 'ping' });
      client.socket.terminate();
      await closed;
    }
    for (const log of logged) expect(log).not.toHaveBeenCalled();
  });

  it('refuses more operations at once than one connection may run', async () => {
    const { release, list } = held();
    const client = await RawClient.open(service);
    for (let n = 0; n < 21; n += 1) client.subscribe(`n${n}`, '{ datasets { totalCount } }');
    const { payload } = await client.message('error', 'n20');
    expect(payload).toMatchObject([{ extensions: { code: 'TOO_MANY_OPERATIONS' } }]);
    expect(list).toHaveBeenCalledTimes(20);
    release();
    await client.message('complete', 'n19');
    client.subscribe('later', '{ datasets { totalCount } }');
    await client.message('next', 'later');
    client.socket.terminate();
  });

  it('answers syntax errors and invalid documents with the codes of HTTP', async () => {
    const codes = async (query: string) =>
      (await service.socketErrors(query)).map(({ extensions }) => extensions?.code);
    expect(await codes('{ ')).toEqual(['GRAPHQL_PARSE_FAILED']);
    expect(await codes('{ nonsense }')).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(await codes('query A { datasets { totalCount } } query B { datasets { totalCount } }')).toEqual([
      'OPERATION_RESOLUTION_FAILURE',
    ]);
  });
});

describe('operations at the same time', () => {
  it('wait for their turn, and are refused beyond that, over HTTP and WebSocket alike', async () => {
    const service = await Service.start({ OPERATIONS_AT_ONCE: '1', OPERATIONS_WAITING: '1' });
    const query = '{ datasets { totalCount } }';
    try {
      for (let round = 0; round < 2; round += 1) {
        let release: () => void = () => undefined;
        const until = new Promise<void>((resolve) => (release = resolve));
        const list = jest.spyOn(service.server.app.get(DatasetsService), 'list');
        const reached = new Promise<void>((resolve) =>
          list.mockImplementation(async () => {
            resolve();
            await until;
            return [];
          }),
        );
        const running = service.graphql(query);
        await reached;
        const client = await RawClient.open(service);
        client.subscribe('waiting', query);
        client.send({ type: 'ping' });
        await client.message('pong');
        const { status, errors } = await service.graphql(query);
        expect(status).toBe(503);
        expect(errors?.[0]?.extensions.code).toBe('OVERLOADED');
        expect((await service.socketErrors(query))[0]?.extensions?.code).toBe('OVERLOADED');
        expect(list).toHaveBeenCalledTimes(1);
        release();
        expect((await running).status).toBe(200);
        await client.message('complete', 'waiting');
        expect(list).toHaveBeenCalledTimes(2);
        client.socket.terminate();
        list.mockRestore();
      }
    } finally {
      await service.stopAndForget();
    }
  });
});

describe('in production', () => {
  it('no names of the schema are suggested', async () => {
    const service = await Service.start({ NODE_ENV: 'production' });
    try {
      const query = '{ imag(id: "1") { id } }';
      const message = 'Cannot query field "imag" on type "Query".';
      expect((await service.graphql(query)).errors?.[0]?.message).toBe(message);
      expect((await service.socketErrors(query))[0]?.message).toBe(message);
      const mutation = 'mutation ($input: BuildIndexInput!) { buildIndex(input: $input) { id } }';
      const variables = { input: { dataset: '1', rebuil: true } };
      const overHttp = (await service.graphql(mutation, variables)).errors?.[0]?.message;
      expect(overHttp).toMatch(/"rebuil" is not defined by type "BuildIndexInput"\.$/);
      expect((await service.socketErrors(mutation, variables))[0]?.message).toBe(overHttp);
    } finally {
      await service.stopAndForget();
    }
  });

  it('the schema is hidden over HTTP and over WebSocket', async () => {
    const service = await Service.start({ NODE_ENV: 'production' });
    try {
      for (const query of ['{ __schema { types { name } } }', '{ __type(name: "Image") { name } }']) {
        const { status, errors } = await service.graphql(query);
        expect(status).toBe(400);
        expect(errors?.[0]?.message).toContain('introspection has been disabled');
        const overSocket = await service.socketErrors(query);
        expect(overSocket[0]).toMatchObject({
          message: errors?.[0]?.message,
          extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
        });
      }
    } finally {
      await service.stopAndForget();
    }
  });
});
