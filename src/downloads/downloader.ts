import { AppError, fileSize } from '../common/index.ts';
import { systemClock, type Clock } from './clock.ts';
import type { DownloadsConfig } from './downloads.config.ts';
import { downloadFailed, httpStatus } from './downloads.errors.ts';
import { AttemptFailure } from './exchange/attempt-failure.ts';
import { FileSink, MemorySink, type BodySink } from './exchange/body-sink.ts';
import { NotModified, validatorsOf, type Validators } from './exchange/validators.ts';
import { backOffMs } from './exchange/retry-timing.ts';
import { UrlFetcher, type DownloaderParts, type MakeSink, type PostOptions } from './url-fetcher.ts';

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** The maximum size after decompression; DOWNLOAD_MAX_BYTES if omitted. */
  readonly maxBytes?: number;
  /** The `Accept` header; pictures if omitted. */
  readonly accept?: string;
  /** The time limit of each attempt, in milliseconds; DOWNLOAD_TIMEOUT_MS if omitted. */
  readonly timeoutMs?: number;
}

interface FetchOptions extends DownloadOptions {
  /** The number of bytes that exist already, asked for before each request. */
  readonly from?: () => Promise<number>;
  readonly unless?: Validators;
}

export interface DownloadFacts {
  /** The URL that the bytes came from in the end, after redirects. */
  readonly url: string;
  readonly status: number;
  /** As the server declares it, which may be wrong. */
  readonly contentType: string | null;
  /** With which the server can be asked later whether it has changed; null if it gives none. */
  readonly validators: Validators | null;
  /** The number of attempts that were made, from 1. */
  readonly attempts: number;
  /** Milliseconds from the call to the last byte, including waits for turns and between attempts. */
  readonly ms: number;
}

export interface Downloaded extends DownloadFacts {
  readonly bytes: Buffer;
}

export interface DownloadedFile extends DownloadFacts {
  /** The size of the file in bytes. */
  readonly length: number;
}

/**
 * Fetches untrusted URLs. Any number of downloads may be requested at the same time; they take turns by host,
 * within the configured limits.
 *
 * Rejects with an `AppError` whose details contain `host` and, if known, `status` and `attempts`, or with the
 * signal's reason. The README lists the codes.
 *
 * @example
 * const { bytes, contentType } = await downloader.download('https://shop.example/1.jpg', { signal });
 */
export class Downloader {
  private readonly clock: Clock;
  private readonly fetcher: UrlFetcher;

  constructor(
    private readonly config: DownloadsConfig,
    parts: DownloaderParts = {},
  ) {
    this.clock = parts.clock ?? systemClock;
    this.fetcher = new UrlFetcher(config, parts);
  }

  /** Fetches into memory. */
  async download(url: string, options: DownloadOptions): Promise<Downloaded> {
    const { body, facts } = await this.fetch(url, options, (expected) => new MemorySink(expected));
    return { bytes: body.bytes, ...facts };
  }

  /** Fetches into memory unless the server says that it has not changed since it had these validators: then undefined. */
  async downloadIfChanged(
    url: string,
    unless: Validators,
    options: DownloadOptions,
  ): Promise<Downloaded | undefined> {
    const conditional = { ...options, unless };
    try {
      const { body, facts } = await this.fetch(url, conditional, (expected) => new MemorySink(expected));
      return { bytes: body.bytes, ...facts };
    } catch (error) {
      if (error instanceof NotModified) return undefined;
      throw error;
    }
  }

  /** Fetches into a file, which is created or overwritten. After a failure its content is undefined. */
  async downloadToFile(url: string, path: string, options: DownloadOptions): Promise<DownloadedFile> {
    const { length, facts } = await this.fetch(url, options, () => new FileSink(path));
    return { length, ...facts };
  }

  /**
   * Fetches the rest of a file of which `path` holds the beginning, or the whole file: for large files whose
   * digest is checked afterwards. After a failure the file holds what has arrived, and the next attempt asks
   * only for the rest.
   */
  async resumeToFile(url: string, path: string, options: DownloadOptions): Promise<DownloadedFile> {
    let sink: FileSink | undefined;
    const rest = {
      ...options,
      from: async () => {
        await sink?.closed;
        return fileSize(path);
      },
    };
    const makeSink = (_expected: number | undefined, status: number) =>
      (sink = new FileSink(path, { append: status === 206, keep: true }));
    try {
      const { facts } = await this.fetch(url, rest, makeSink);
      return { length: await fileSize(path), ...facts };
    } finally {
      await sink?.closed;
    }
  }

  /**
   * Sends one POST to a URL, under the same guards as downloads. Redirects are not followed, and nothing is tried
   * again. Rejects as `download` does, with `DOWNLOAD_HTTP_STATUS` for any status but 2xx.
   */
  async post(text: string, body: string, options: PostOptions): Promise<void> {
    const url = this.check(text);
    try {
      const status = await this.fetcher.post(url, body, options);
      if (status < 200 || status > 299) throw httpStatus(status, false);
    } catch (error) {
      throw error instanceof AttemptFailure ? downloadFailed(error, url.hostname, 1) : error;
    }
  }

  /** Throws as `download` would for a URL that is refused before any request. */
  check(url: string): URL {
    return this.fetcher.check(url);
  }

  /** Closes all connections. Downloads in progress fail. */
  async close(): Promise<void> {
    await this.fetcher.close();
  }

  private async fetch<Sink extends BodySink>(
    text: string,
    options: FetchOptions,
    makeSink: MakeSink<Sink>,
  ): Promise<{ body: Sink; length: number; facts: DownloadFacts }> {
    const begun = this.clock.now();
    const first = this.check(text);
    let earlier: AttemptFailure | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt >= this.config.DOWNLOAD_ATTEMPTS;
      try {
        const { answer, body, url } = await this.fetcher.fetchOnce(first, { ...options, isLast }, makeSink);
        const facts = {
          url: url.href,
          status: answer.status,
          contentType: answer.headers['content-type'] ?? null,
          validators: validatorsOf(answer.headers),
          attempts: attempt,
          ms: this.clock.now() - begun,
        };
        return { body, length: answer.length, facts };
      } catch (error) {
        if (error instanceof AppError) {
          throw error.with({ attempts: attempt }, { cause: error });
        }
        if (!(error instanceof AttemptFailure)) throw error;
        // If nothing was sent this time, the failure before says more.
        if (error.facts.unasked) throw downloadFailed(earlier ?? error, first.hostname, attempt - 1);
        if (!error.facts.retryable || isLast) throw downloadFailed(error, first.hostname, attempt);
        earlier = error;
        await this.waitAfter(error, first.hostname, attempt, options.signal);
      }
    }
  }

  /** Waits before the next attempt. If the server asked for the wait, it holds for all of the host's URLs. */
  private async waitAfter(
    failure: AttemptFailure,
    host: string,
    attempt: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { retryAfterMs: asked = 0 } = failure.facts;
    if (asked > 0) this.fetcher.pause(failure.facts.host ?? host, asked);
    await this.clock.sleep(Math.max(asked, backOffMs(attempt, this.clock.random())), signal);
  }
}
