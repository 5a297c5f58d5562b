import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { restoreError } from '../../src/common/index.ts';
import { ImagesService } from '../../src/datasets/index.ts';
import { Embedder } from '../../src/embeddings/index.ts';
import { VectorIndex } from '../../src/search/vector-index/vector-index.port.ts';
import { HostileServer } from '../fixtures/hostile-server.ts';
import { Service } from './service.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));

/** Something that is reached, and held until it is let go. */
class Gate {
  readonly reached: Promise<void>;
  private reach: () => void = () => undefined;
  private opened: () => void = () => undefined;
  private readonly open: Promise<void>;

  constructor() {
    this.reached = new Promise((resolve) => (this.reach = resolve));
    this.open = new Promise((resolve) => (this.opened = resolve));
  }

  async pass(): Promise<void> {
    this.reach();
    await this.open;
  }

  release(): void {
    this.opened();
  }
}

describe('a request whose client has gone', () => {
  let service: Service;
  let internet: HostileServer;
  let datasetId: string;

  beforeAll(async () => {
    internet = new HostileServer();
    await internet.start();
    service = await Service.start({
      IMPORT_ROOTS: samples,
      DOWNLOAD_ALLOW_LOOPBACK: 'true',
      DOWNLOAD_PORTS: String(internet.port),
      DOWNLOAD_TIMEOUT_MS: '3600000',
      DOWNLOAD_ATTEMPTS: '1',
    });
    const { importDataset } = await service.query<{ importDataset: { id: string; datasetId: string } }>(
      'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id datasetId } }',
      { input: { dataset: 'fruit', annotationsPath: join(samples, 'annotations.json'), labelIds: ['1'] } },
    );
    datasetId = importDataset.datasetId;
    await service.job(importDataset.id);
    const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
      'mutation ($id: ID!) { buildIndex(input: { dataset: $id }) { id } }',
      { id: datasetId },
    );
    await service.job(buildIndex.id);
  });
  afterAll(async () => {
    await service.stopAndForget();
    await internet.close();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const get = <T>(token: abstract new (...parts: never[]) => T): T => service.server.app.get(token as never);
  const httpServer = () => service.server.app.getHttpServer();
  const post = (query: string, signal: AbortSignal) =>
    fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query }),
      signal,
    }).catch((error: unknown) => error);
  /** Sends a query over HTTP, goes away when the gate is reached, and opens the gate once the server knows. */
  const abandon = async (query: string, gate: Gate) => {
    const gone = new AbortController();
    const asked = once(httpServer(), 'request') as Promise<[unknown, ServerResponse]>;
    const answered = post(query, gone.signal);
    const [, response] = await asked;
    await gate.reached;
    const closed = once(response, 'close');
    gone.abort();
    await closed;
    gate.release();
    await answered;
  };
  /** Other requests, to their ends: what was still to come of an earlier one has come by then. */
  const settle = async () => {
    for (let n = 0; n < 3; n += 1) await service.query('{ embeddingModels { id } }');
  };
  /** The fields of a mutation are resolved one after the other. The first of these waits at the gate. */
  const TWO_STEPS = `mutation {
    a: deleteImages(images: [{ id: "9998" }]) { results { __typename } }
    b: deleteImages(images: [{ id: "9999" }]) { results { __typename } }
  }`;
  const deletionsBehind = (gate: Gate) =>
    jest.spyOn(get(ImagesService), 'deleteImages').mockImplementation(async () => {
      await gate.pass();
      return [];
    });

  it('has both steps done while it waits', async () => {
    const gate = new Gate();
    const deletions = deletionsBehind(gate);
    const answered = service.query(TWO_STEPS);
    await gate.reached;
    gate.release();
    await answered;
    expect(deletions).toHaveBeenCalledTimes(2);
  });

  it('has no further field resolved', async () => {
    const gate = new Gate();
    const deletions = deletionsBehind(gate);
    await abandon(TWO_STEPS, gate);
    await settle();
    expect(deletions).toHaveBeenCalledTimes(1);
  });

  it('is not searched for once its picture is embedded', async () => {
    const gate = new Gate();
    jest.spyOn(get(Embedder), 'embedStored').mockImplementationOnce(async () => {
      await gate.pass();
      return new Float32Array(1280).fill(1 / Math.sqrt(1280));
    });
    const search = jest.spyOn(get(VectorIndex), 'search');
    await abandon('{ similarImages(by: { image: { id: "1" } }) { nodes { score } } }', gate);
    await settle();
    expect(search).not.toHaveBeenCalled();
  });

  it('has the images of its hits not read once they are found', async () => {
    const gate = new Gate();
    jest.spyOn(get(VectorIndex), 'search').mockImplementationOnce(async () => {
      await gate.pass();
      return { matches: [{ id: 2, score: 0.5 }], exact: true };
    });
    const reading = jest.spyOn(get(ImagesService), 'findByIds');
    await abandon('{ similarImages(by: { image: { id: "1" } }, first: 1) { nodes { score } } }', gate);
    await settle();
    expect(reading).not.toHaveBeenCalledWith([2]);
  });

  it('has the next of its pictures neither read nor added', async () => {
    const gate = new Gate();
    const adding = jest.spyOn(get(ImagesService), 'putImages').mockImplementation(async () => {
      await gate.pass();
      return [{ error: restoreError({ code: 'IMAGE_CORRUPT', message: 'Held for a while.' }) }];
    });
    const bytes = await readFile(join(samples, 'images', 'fruit-kiwi.jpg'));
    const body = new FormData();
    const query = `mutation ($id: ID!, $images: [PutImageInput!]!) {
      putImages(dataset: $id, images: $images) { results { __typename } }
    }`;
    const images = [
      { upload: null, externalId: 'a' },
      { upload: null, externalId: 'b' },
    ];
    body.append('operations', JSON.stringify({ query, variables: { id: datasetId, images } }));
    body.append(
      'map',
      JSON.stringify({ 0: ['variables.images.0.upload'], 1: ['variables.images.1.upload'] }),
    );
    for (const part of ['0', '1']) body.append(part, new Blob([new Uint8Array(bytes)]), 'kiwi.jpg');
    const gone = new AbortController();
    const asked = once(httpServer(), 'request') as Promise<[unknown, ServerResponse]>;
    const answered = fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'Apollo-Require-Preflight': 'true' },
      body,
      signal: gone.signal,
    }).catch((error: unknown) => error);
    const [, response] = await asked;
    await gate.reached;
    const closed = once(response, 'close');
    gone.abort();
    await closed;
    gate.release();
    await answered;
    await settle();
    expect(adding).toHaveBeenCalledTimes(1);
  });

  it('has the download of its picture stopped', async () => {
    const embed = jest.spyOn(get(Embedder), 'embed');
    const arrived = internet.nextRequest();
    const gone = new AbortController();
    const answered = post(
      `{ similarImages(by: { url: "${internet.url('/drip')}" }) { exact } }`,
      gone.signal,
    );
    await arrived;
    expect(internet.atOnce('shop.localhost')).toBe(1);
    gone.abort();
    await answered;
    // It would drip for an hour.
    while (internet.atOnce('shop.localhost') > 0) await sleep(20);
    expect(embed).not.toHaveBeenCalled();
  });

  /** As `settle`, of a service that accepts no further requests. */
  const settleLocally = async () => {
    for (let n = 0; n < 10; n += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  /** Runs the two steps over WebSocket, and leaves in some way while the first is under way. */
  const leave = async (leaving: (socket: WebSocket, served: Duplex) => Promise<void>, settled = settle) => {
    const gate = new Gate();
    const deletions = deletionsBehind(gate);
    const upgraded = once(httpServer(), 'upgrade') as Promise<[unknown, Duplex]>;
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    const [, served] = await upgraded;
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    socket.send(JSON.stringify({ id: 'steps', type: 'subscribe', payload: { query: TWO_STEPS } }));
    await gate.reached;
    await leaving(socket, served);
    gate.release();
    await settled();
    socket.terminate();
    return deletions.mock.calls.length;
  };

  it('has no further field resolved once it is completed over WebSocket', async () => {
    const steps = await leave(async (socket) => {
      socket.send(JSON.stringify({ id: 'steps', type: 'complete' }));
      socket.send(JSON.stringify({ type: 'ping' }));
      await once(socket, 'message');
    });
    expect(steps).toBe(1);
  });

  it('has no further field resolved once the server closes, even if the client does not close', async () => {
    const other = service;
    service = await Service.start();
    try {
      const steps = await leave(async (socket) => {
        socket.pause();
        void service.stop();
        await new Promise((resolve) => setImmediate(resolve));
      }, settleLocally);
      expect(steps).toBe(1);
    } finally {
      await service.stopAndForget();
      service = other;
    }
  });

  it('has no further field resolved once its WebSocket is closed', async () => {
    const steps = await leave(async (socket, served) => {
      const closed = once(served, 'close');
      socket.terminate();
      await closed;
      await settle();
    });
    expect(steps).toBe(1);
  });
});
