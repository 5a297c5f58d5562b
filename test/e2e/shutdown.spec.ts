import { once } from 'node:events';
import { request, Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DatasetsService } from '../../src/datasets/index.ts';
import { JobRunner } from '../../src/jobs/index.ts';
import { Service } from './service.ts';

/** How long a process may take to end after SIGTERM, whatever it is doing. */
const DEADLINE_MS = 10_000;
const never = new Promise<never>(() => undefined);

describe('closing the server', () => {
  let service: Service;
  let sockets: Socket[];

  beforeEach(async () => {
    service = await Service.start();
    sockets = [];
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    jest.restoreAllMocks();
    await service.stopAndForget();
  });

  const closed = () =>
    Promise.race([service.stop().then(() => 'closed'), sleep(DEADLINE_MS, 'late', { ref: false })]);
  /** Opens a connection, and never closes it by itself. */
  const open = async (text: string) => {
    const socket = connect({ port: Number(new URL(service.url).port), allowHalfOpen: true });
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  };
  const head = (path: string, ...headers: string[]) =>
    [`POST ${path} HTTP/1.1`, `Host: ${new URL(service.url).host}`, ...headers, '', ''].join('\r\n');
  const webSocket = async () => {
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    return socket;
  };
  const isListening = () => (service.server.app.getHttpServer() as { listening: boolean }).listening;

  it('lets a request that is under way finish, and the connection that was kept alive end', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const list = jest.spyOn(service.server.app.get(DatasetsService), 'list');
    const reached = new Promise<void>((resolve) =>
      list.mockImplementation(async () => {
        resolve();
        await held;
        return [];
      }),
    );
    const agent = new Agent({ keepAlive: true });
    const asked = request(`${service.url}/graphql`, {
      agent,
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
    });
    asked.end('{"query":"{ datasets { totalCount } }"}');
    await reached;
    const ending = closed();
    await expect(fetch(`${service.url}/health/live`)).rejects.toThrow();
    release();
    const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream];
    expect(await text(response)).toBe('{"data":{"datasets":{"totalCount":0}}}\n');
    expect(await ending).toBe('closed');
    agent.destroy();
  });

  it('ends whatever clients hold open', async () => {
    jest.spyOn(service.server.app.get(DatasetsService), 'list').mockReturnValue(never);
    await open('');
    await open('POST /graphql HT');
    const slowUpload = await open(
      head(
        '/graphql',
        'Content-Type: multipart/form-data; boundary=b',
        'Apollo-Require-Preflight: true',
        'Content-Length: 1000000',
      ) + '--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query":"{',
    );
    const query = '{"query":"{ datasets { totalCount } }"}';
    const longRequest = await open(
      head('/graphql', 'Content-Type: application/json', `Content-Length: ${query.length}`) + query,
    );
    const polite = await webSocket();
    polite.send(
      JSON.stringify({
        id: '1',
        type: 'subscribe',
        payload: { query: 'subscription { jobProgress(id: "1") { id } }' },
      }),
    );
    // Answers nothing any more, not even the closing handshake.
    const rude = await webSocket();
    rude.pause();
    const goodbye = once(polite, 'close') as Promise<[number]>;
    const cutOff = Promise.all([slowUpload, longRequest].map((socket) => once(socket, 'close')));
    for (const socket of [slowUpload, longRequest]) socket.resume().once('end', () => socket.end());

    expect(await closed()).toBe('closed');
    expect((await goodbye)[0]).toBe(1001);
    await cutOff;
    expect(isListening()).toBe(false);
    rude.resume();
    rude.terminate();
  });

  it('does not wait for jobs that cannot stop', async () => {
    const runner = service.server.app.get(JobRunner);
    const stop = runner.stop.bind(runner);
    jest.spyOn(runner, 'stop').mockImplementation(async () => {
      await stop();
      await never;
    });
    expect(await closed()).toBe('closed');
  });

  it('is the same close however often it is asked for', async () => {
    const stop = jest.spyOn(service.server.app.get(JobRunner), 'stop');
    await Promise.all([service.stop(), service.stop()]);
    expect(stop).toHaveBeenCalledTimes(1);
  });
});
