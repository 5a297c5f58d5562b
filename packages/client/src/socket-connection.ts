import { createClient, type Client } from 'graphql-ws/client';
import { ServiceUnreachableError } from './connection.errors.ts';
import type { RequestOptions } from './http-connection.ts';
import { errorOfAnswer, LookalikeError, type FormattedError } from './lookalike-error.ts';
import { pause, waitBefore } from './retries.ts';

const PING_EVERY_MS = 15_000;
const PONG_WITHIN_MS = 10_000;

/** Subscriptions over one WebSocket, which is opened for the first of them and closed after the last. */
export class SocketConnection {
  private client: Client | undefined;

  /** `webSocket` is the class to use, or undefined if there is none. */
  constructor(
    private readonly url: URL,
    private readonly webSocket: unknown,
  ) {}

  /**
   * The results of a subscription until it ends. Throws `ServiceUnreachableError` if there is no WebSocket, or if it
   * breaks and cannot be opened again.
   */
  async *subscribe(
    query: string,
    variables: unknown,
    { signal }: RequestOptions,
  ): AsyncGenerator<unknown, void, undefined> {
    signal?.throwIfAborted();
    this.client ??= this.connect();
    const results = this.client.iterate({ query, variables: variables as Record<string, unknown> });
    const stop = () => void results.return?.();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      for await (const { data, errors } of results) {
        if (errors !== undefined) throw errorOfAnswer(errors, { data });
        yield data;
      }
      signal?.throwIfAborted();
    } catch (error) {
      signal?.throwIfAborted();
      throw this.explained(error);
    } finally {
      signal?.removeEventListener('abort', stop);
      stop();
    }
  }

  private connect(): Client {
    if (this.webSocket === undefined)
      throw new ServiceUnreachableError('Subscriptions need a WebSocket, and there is none here.');
    let late: ReturnType<typeof setTimeout> | undefined;
    const client = createClient({
      url: this.url.href.replace(/^http/, 'ws'),
      webSocketImpl: this.webSocket,
      retryAttempts: 1,
      retryWait: (retry) => pause(waitBefore(retry)),
      // A connection that has gone silent, as after a laptop has slept, is opened again.
      keepAlive: PING_EVERY_MS,
      on: {
        ping: (received) => {
          if (!received) late = setTimeout(() => client.terminate(), PONG_WITHIN_MS);
        },
        pong: (received) => {
          if (received) clearTimeout(late);
        },
        closed: () => clearTimeout(late),
      },
    });
    return client;
  }

  /** Refusals come as an array of errors; anything else is the event or error with which the socket ended. */
  private explained(error: unknown): unknown {
    if (Array.isArray(error)) return errorOfAnswer(error as FormattedError[]);
    if (error instanceof LookalikeError) return error;
    return new ServiceUnreachableError(`No WebSocket to ${this.url.origin}.`, { cause: error });
  }
}
