import { buildConnector } from 'undici';
import { AppError, fileSize } from '../common/index.ts';
import { AttemptFailure } from './exchange/attempt-failure.ts';
import { FileSink, MemorySink, type BodySink } from './exchange/body-sink.ts';
import { systemClock, type Clock } from './clock.ts';
import { ACCEPT_ENCODING } from './exchange/decompressor.ts';
import type { DownloadsConfig } from './downloads.config.ts';
import {
  downloadFailed,
  downloadTimedOut,
  forbiddenByRobots,
  hostDown,
  httpStatus,
  isHtml,
  isWithoutAnswer,
  rangeInvalid,
  redirectInvalid,
  tooManyRedirects,
} from './downloads.errors.ts';
import { exchange, type Answer } from './exchange/exchange.ts';
import { guardedConnector } from './guard/guarded-connector.ts';
import { HostBreaker } from './hosts/host-breaker.ts';
import { HostConnections } from './hosts/host-connections.ts';
import { HostTurns } from './hosts/host-scheduler.ts';
import { isHtmlPage } from './exchange/html-sniff.ts';
import { systemResolver, type ResolveName } from './guard/name-resolver.ts';
import { backOffMs, isRetryableStatus, retryAfterMs } from './exchange/retry-timing.ts';
import { forbidsUse } from './exchange/robots-tag.ts';
import { checkUrl, type UrlRules } from './guard/url-guard.ts';

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Bytes after decompression; DOWNLOAD_MAX_BYTES otherwise. */
  readonly maxBytes?: number;
  /** The `Accept` header; pictures otherwise. */
  readonly accept?: string;
  /** Time limit of one attempt; DOWNLOAD_TIMEOUT_MS otherwise. */
  readonly timeoutMs?: number;
}

/** What the parts of one download are told. */
interface FetchOptions extends DownloadOptions {
  /** Bytes that are there already, told anew for each request. */
  readonly from?: () => Promise<number>;
}

type MakeSink<Sink> = (expected: number | undefined, status: number) => Sink;

export interface DownloadFacts {
  /** Where the bytes came from in the end, after redirects. */
  readonly url: string;
  readonly status: number;
  /** As declared by the server, which may be wrong. */
  readonly contentType: string | null;
  /** The attempts it took, from 1. */
  readonly attempts: number;
  /** From the call to the last byte, waiting for turns and between attempts included. */
  readonly ms: number;
}

export interface Downloaded extends DownloadFacts {
  readonly bytes: Buffer;
}

export interface DownloadedFile extends DownloadFacts {
  /** Bytes of the file. */
  readonly length: number;
}

/** The world outside, replaced in tests. */
export interface DownloaderParts {
  readonly resolve?: ResolveName;
  /** Opens a connection to an address that was judged already. */
  readonly open?: buildConnector.connector;
  readonly clock?: Clock;
}

const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const PICTURES = 'image/*, */*;q=0.5';

/**
 * Fetches URLs that cannot be trusted. Any number of downloads may be asked for at once; they take
 * turns by host, within the configured limits.
 *
 * Rejects with an `AppError` whose details carry `host` and, where known, `status` and `attempts`, or
 * with the signal's reason. See the README for the codes.
 */
export class Downloader {
  private readonly clock: Clock;
  private readonly rules: UrlRules;
  private readonly turns: HostTurns;
  private readonly breaker: HostBreaker;
  private readonly connections: HostConnections;

  constructor(
    private readonly config: DownloadsConfig,
    parts: DownloaderParts = {},
  ) {
    const timeoutMs = config.DOWNLOAD_CONNECT_TIMEOUT_MS;
    const allowLoopback = config.DOWNLOAD_ALLOW_LOOPBACK;
    this.clock = parts.clock ?? systemClock;
    this.rules = { ports: config.DOWNLOAD_PORTS, allowLoopback };
    this.turns = new HostTurns(config.DOWNLOAD_CONCURRENCY, config.DOWNLOAD_CONCURRENCY_PER_HOST, this.clock);
    this.breaker = new HostBreaker(config.DOWNLOAD_HOST_FAILURES, this.clock);
    this.connections = new HostConnections(
      guardedConnector({
        resolve: parts.resolve ?? systemResolver(timeoutMs),
        open: parts.open ?? buildConnector({ timeout: timeoutMs, allowH2: false }),
        allowLoopback,
        timeoutMs,
      }),
    );
  }

  /** Fetches into memory. */
  async download(url: string, options: DownloadOptions): Promise<Downloaded> {
    const { body, facts } = await this.fetch(url, options, (expected) => new MemorySink(expected));
    return { bytes: body.bytes, ...facts };
  }

  /** Fetches into a file, which is made or overwritten; after a failure it holds anything. */
  async downloadToFile(url: string, path: string, options: DownloadOptions): Promise<DownloadedFile> {
    const { length, facts } = await this.fetch(url, options, () => new FileSink(path));
    return { length, ...facts };
  }

  /**
   * Fetches the rest of a file of which `path` holds the beginning, or all of it: for large files that
   * are checked by their digest afterwards. After a failure it holds what has come so far, and an
   * attempt after it asks for the rest alone.
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

  /** Throws as `download` would for a URL that is refused without asking anybody. */
  check(url: string): URL {
    return checkUrl(url, this.rules);
  }

  /** Cuts all connections; downloads under way fail. */
  async close(): Promise<void> {
    this.turns.close();
    await this.connections.close();
  }

  private async fetch<Sink extends BodySink>(
    text: string,
    options: FetchOptions,
    makeSink: MakeSink<Sink>,
  ): Promise<{ body: Sink; length: number; facts: DownloadFacts }> {
    const begun = this.clock.now();
    const url = this.check(text);
    let earlier: AttemptFailure | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt >= this.config.DOWNLOAD_ATTEMPTS;
      try {
        const { answer, body, at } = await this.attempt(url, { ...options, isLast }, makeSink);
        const facts = {
          url: at.href,
          status: answer.status,
          contentType: answer.headers['content-type'] ?? null,
          attempts: attempt,
          ms: this.clock.now() - begun,
        };
        return { body, length: answer.length, facts };
      } catch (error) {
        if (error instanceof AppError) {
          throw new AppError(
            error.code,
            error.message,
            { ...error.details, attempts: attempt },
            { cause: error },
          );
        }
        if (!(error instanceof AttemptFailure)) throw error;
        // Where nothing was asked any more, what went wrong before says more.
        if (error.facts.unasked) throw downloadFailed(earlier ?? error, url.hostname, attempt - 1);
        if (!error.facts.retryable || isLast) throw downloadFailed(error, url.hostname, attempt);
        earlier = error;
        await this.waitAfter(error, url.hostname, attempt, options.signal);
      }
    }
  }

  /** A wait the server asked for holds for all of its URLs; otherwise for this one. */
  private async waitAfter(
    failure: AttemptFailure,
    host: string,
    attempt: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { retryAfterMs: asked = 0 } = failure.facts;
    if (asked > 0) this.turns.pause(failure.facts.host ?? host, asked);
    await this.clock.sleep(Math.max(asked, backOffMs(attempt, this.clock.random())), signal);
  }

  /** One attempt, its redirects included. Each hop takes its turn at its own host. */
  private async attempt<Sink extends BodySink>(
    first: URL,
    options: FetchOptions & { readonly isLast: boolean },
    makeSink: MakeSink<Sink>,
  ): Promise<{ answer: Answer<Sink>; body: Sink; at: URL }> {
    const limitMs = options.timeoutMs ?? this.config.DOWNLOAD_TIMEOUT_MS;
    let timeoutMs = limitMs;
    let url = first;
    for (let redirects = 0; ; redirects += 1) {
      try {
        const endTurn = await this.takeTurn(url, redirects, options.signal);
        const begun = performance.now();
        let answer: Answer<Sink>;
        try {
          answer = await this.ask(url, { ...options, timeoutMs, limitMs }, makeSink);
          this.breaker.answered(url.origin);
        } catch (error) {
          this.reckon(url.origin, error, options.isLast);
          throw error;
        } finally {
          endTurn();
        }
        const { body } = answer;
        if (body !== null) {
          if (isHtmlPage(body.head)) throw isHtml(answer.status);
          return { answer, body, at: url };
        }
        url = this.next(url, answer, redirects);
        timeoutMs -= performance.now() - begun;
        if (timeoutMs <= 0) throw downloadTimedOut(limitMs, answer.status);
      } catch (error) {
        throw error instanceof AttemptFailure && url !== first ? atHost(error, url.hostname) : error;
      }
    }
  }

  /** Waits for a turn, and refuses a host that is down: before, and again once others may have found out. */
  private async takeTurn(url: URL, redirects: number, signal: AbortSignal): Promise<() => void> {
    if (this.breaker.isDown(url.origin)) throw hostDown(redirects === 0);
    const endTurn = await this.turns.take(url.hostname, signal);
    if (this.breaker.letThrough(url.origin)) return endTurn;
    endTurn();
    throw hostDown(redirects === 0);
  }

  /** What a failure says of its host. Of one that will be tried again it is not known yet. */
  private reckon(origin: string, error: unknown, isLast: boolean): void {
    if (!(error instanceof AttemptFailure)) return;
    if (error.facts.status !== undefined) this.breaker.answered(origin);
    else if (isWithoutAnswer(error) && (isLast || !error.facts.retryable)) this.breaker.failed(origin);
  }

  private async ask<Sink extends BodySink>(
    url: URL,
    options: FetchOptions & { timeoutMs: number; limitMs: number },
    makeSink: MakeSink<Sink>,
  ): Promise<Answer<Sink>> {
    const from = (await options.from?.()) ?? 0;
    const { DOWNLOAD_USER_AGENT: userAgent, DOWNLOAD_RESPECT_NOAI: respectNoai } = this.config;
    const client = this.connections.take(url.origin);
    let clean = false;
    try {
      const answer = await exchange(client, url, {
        headers: {
          'user-agent': userAgent,
          accept: options.accept ?? PICTURES,
          // Parts of a file are parts of the bytes that are wanted, not of a compressed form.
          'accept-encoding': options.from === undefined ? ACCEPT_ENCODING : 'identity',
          ...(from > 0 && { range: `bytes=${from}-` }),
        },
        signal: options.signal,
        timeoutMs: options.timeoutMs,
        limitMs: options.limitMs,
        // Of the whole, should the server send it anew.
        maxBytes: options.maxBytes ?? this.config.DOWNLOAD_MAX_BYTES,
        makeSink,
        admit: (status, headers) => {
          if (respectNoai && forbidsUse(headers['x-robots-tag'], userAgent)) throw forbiddenByRobots(status);
          if (status === 206 && !startsAt(headers['content-range'], from)) throw rangeInvalid(status);
        },
      });
      clean = answer.clean;
      return answer;
    } finally {
      this.connections.giveBack(url.origin, client, clean);
    }
  }

  /** Where an answer that is no success leads to, or the failure it is. */
  private next(url: URL, { status, headers }: Answer<BodySink>, redirects: number): URL {
    if (!REDIRECTS.has(status)) {
      throw httpStatus(
        status,
        isRetryableStatus(status),
        isRetryableStatus(status) ? retryAfterMs(headers['retry-after'], this.clock.now()) : undefined,
      );
    }
    if (redirects >= MAX_REDIRECTS) throw tooManyRedirects(MAX_REDIRECTS, status);
    const { location } = headers;
    if (location === undefined || !URL.canParse(location, url.href)) throw redirectInvalid(status);
    return this.check(new URL(location, url.href).href);
  }
}

function startsAt(contentRange: string | undefined, from: number): boolean {
  return contentRange?.startsWith(`bytes ${from}-`) === true;
}

/** The same failure, said of the host that redirects led to. */
function atHost(failure: AttemptFailure, host: string): AttemptFailure {
  return new AttemptFailure(
    failure.code,
    failure.message,
    { ...failure.facts, host },
    { cause: failure.cause },
  );
}
