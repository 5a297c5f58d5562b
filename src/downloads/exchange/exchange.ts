import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { BodySink } from './body-sink.ts';
import { decompressorOf } from './decompressor.ts';
import {
  downloadTimedOut,
  downloadTooLarge,
  encodingUnsupported,
  transportFailure,
} from '../downloads.errors.ts';

/** A response whose body has been read. */
export interface Answer<Sink extends BodySink> {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Null if the status was not a success, so that the body was discarded. */
  readonly body: Sink | null;
  /** The length of the body in bytes, after decompression. */
  readonly length: number;
  /** Whether the connection has read the response to its end and is ready for another request. */
  readonly clean: boolean;
}

export interface ExchangeOptions<Sink extends BodySink> {
  readonly headers: Record<string, string>;
  /** Makes the request a POST with this body; the body of the response is then discarded. */
  readonly post?: string;
  readonly signal: AbortSignal;
  /** The time until the last byte must have arrived, in milliseconds. */
  readonly timeoutMs: number;
  /** The time limit to mention in the error: that of the whole attempt. */
  readonly limitMs: number;
  readonly maxBytes: number;
  /** Inspects the head of a success. It throws to refuse the body. */
  readonly admit: (status: number, headers: IncomingHttpHeaders) => void;
  /** `status` is 206 if the response is the part of a body that a `range` header asked for. */
  readonly makeSink: (expected: number | undefined, status: number) => Sink;
}

/** How much of the body of an error or redirect is read to keep the connection usable. */
const MAX_DISCARDED_BYTES = 64 * 1024;
/** How long to wait for it. */
const DISCARDING_MS = 1_000;

const isSuccess = (status: number, headers: Record<string, string>) =>
  status === 200 || status === 203 || (status === 206 && headers.range !== undefined);

/**
 * Sends one request and reads the response. It uses the client's dispatch directly, which avoids streams
 * where nothing is compressed.
 *
 * Rejects with an `AttemptFailure`, with what `admit` threw, or with the signal's reason.
 */
export function exchange<Sink extends BodySink>(
  client: Dispatcher,
  url: URL,
  options: ExchangeOptions<Sink>,
): Promise<Answer<Sink>> {
  return new Promise((resolve, reject) => {
    const handler = new ExchangeHandler(options, resolve, reject);
    const { headers, post } = options;
    const sent = post === undefined ? { method: 'GET' as const } : { method: 'POST' as const, body: post };
    client.dispatch({ path: url.pathname + url.search, headers, ...sent }, handler);
  });
}

class ExchangeHandler<Sink extends BodySink> implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private settled = false;
  /** Whether the client has finished with this request, successfully or not. */
  private ended = false;
  private clean = false;
  private status: number | undefined;
  private headers: IncomingHttpHeaders = {};
  private sink: Sink | null = null;
  private makeDecompressor: ((firstByte: number) => Transform) | null = null;
  private decompressor: Transform | null = null;
  private received = 0;
  private length = 0;
  private timer: NodeJS.Timeout;

  constructor(
    private readonly options: ExchangeOptions<Sink>,
    private readonly resolve: (answer: Answer<Sink>) => void,
    private readonly reject: (error: Error) => void,
  ) {
    this.timer = setTimeout(
      () => this.fail(downloadTimedOut(options.limitMs, this.status)),
      options.timeoutMs,
    );
    options.signal.addEventListener('abort', this.abort, { once: true });
    if (options.signal.aborted) this.abort();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.settled) controller.abort(new Error('The download is over.'));
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    if (this.settled || status < 200) return;
    this.status = status;
    this.headers = headers;
    const declared = lengthOf(headers);
    if (this.options.post !== undefined || !isSuccess(status, this.options.headers)) {
      // What a 304 declares is the length of what it does not send.
      if (status !== 304 && (declared ?? 0) > MAX_DISCARDED_BYTES) this.finish();
      else this.discardQuickly();
      return;
    }
    try {
      this.options.admit(status, headers);
      const decompressor = decompressorOf(headers['content-encoding']);
      if (decompressor === undefined) throw encodingUnsupported(status);
      this.makeDecompressor = decompressor;
      if ((declared ?? 0) > this.options.maxBytes) throw downloadTooLarge(this.options.maxBytes, status);
      this.sink = this.options.makeSink(decompressor === null ? declared : undefined, status);
    } catch (error) {
      this.fail(error);
    }
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.settled || chunk.length === 0) return;
    this.received += chunk.length;
    if (this.sink === null) {
      if (this.received > MAX_DISCARDED_BYTES) this.finish();
      return;
    }
    if (this.makeDecompressor === null) {
      this.store(chunk, this.controller);
      return;
    }
    // Compression makes no body larger, except by a few bytes.
    if (this.received > this.options.maxBytes + MAX_DISCARDED_BYTES) {
      this.fail(downloadTooLarge(this.options.maxBytes, this.knownStatus));
      return;
    }
    this.decompressor ??= this.openDecompressor(this.makeDecompressor, chunk);
    if (!this.decompressor.write(chunk)) {
      this.controller?.pause();
      this.decompressor.once('drain', () => this.controller?.resume());
    }
  }

  onResponseEnd(): void {
    this.ended = true;
    this.clean = true;
    if (this.settled) return;
    if (this.decompressor === null) this.complete();
    else this.decompressor.end();
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.ended = true;
    if (this.settled) return;
    if (this.status !== undefined && this.sink === null) this.finish();
    else this.fail(transportFailure(error, this.status));
  }

  /** The status, once the response has begun. */
  private get knownStatus(): number {
    if (this.status === undefined) throw new Error('The response has not begun');
    return this.status;
  }

  /** An error or redirect is known by its head. Its body gets a moment to arrive, so that the connection can be kept. */
  private discardQuickly(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.finish(), Math.min(this.options.timeoutMs, DISCARDING_MS));
  }

  private openDecompressor(make: (firstByte: number) => Transform, chunk: Buffer): Transform {
    const decompressor = make(chunk[0]!);
    decompressor.on('data', (decoded: Buffer) => this.store(decoded, decompressor));
    decompressor.on('end', () => this.complete());
    decompressor.on('error', (error) => this.fail(transportFailure(error, this.status)));
    return decompressor;
  }

  private store(chunk: Buffer, source: { pause(): void; resume(): void } | undefined): void {
    if (this.settled || this.sink === null) return;
    this.length += chunk.length;
    if (this.length > this.options.maxBytes) {
      this.fail(downloadTooLarge(this.options.maxBytes, this.knownStatus));
      return;
    }
    try {
      if (this.sink.write(chunk)) return;
    } catch (error) {
      this.fail(error);
      return;
    }
    source?.pause();
    this.sink.whenDrained(() => source?.resume());
  }

  private complete(): void {
    const ended = this.sink?.end();
    if (ended === undefined) this.finish();
    else ended.then(() => this.finish(), this.fail);
  }

  private finish(): void {
    if (this.settled) return;
    const status = this.knownStatus;
    this.settle();
    this.resolve({
      status,
      headers: this.headers,
      body: this.sink,
      length: this.length,
      clean: this.clean,
    });
  }

  private readonly fail = (error: unknown): void => {
    if (this.settled) return;
    this.settle();
    this.sink?.abandon();
    this.reject(error as Error);
  };

  private readonly abort = (): void => this.fail(this.options.signal.reason);

  private settle(): void {
    this.settled = true;
    clearTimeout(this.timer);
    this.options.signal.removeEventListener('abort', this.abort);
    this.decompressor?.destroy();
    if (!this.ended) this.controller?.abort(new Error('The download is over.'));
  }
}

function lengthOf(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['content-length'];
  return typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : undefined;
}
