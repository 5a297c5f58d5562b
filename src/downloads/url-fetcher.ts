import { buildConnector } from 'undici';
import { systemClock, type Clock } from './clock.ts';
import type { DownloadsConfig } from './downloads.config.ts';
import {
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
import { AttemptFailure } from './exchange/attempt-failure.ts';
import type { BodySink } from './exchange/body-sink.ts';
import { ACCEPT_ENCODING } from './exchange/decompressor.ts';
import { exchange, type Answer } from './exchange/exchange.ts';
import { forbidsUse, isHtmlPage, startsAt } from './exchange/response-rules.ts';
import { conditionsOf, NotModified, type Validators } from './exchange/validators.ts';
import { isRetryableStatus, retryAfterMs } from './exchange/retry-timing.ts';
import { guardedConnector } from './guard/guarded-connector.ts';
import { systemResolver, type ResolveName } from './guard/name-resolver.ts';
import { checkUrl, type UrlRules } from './guard/url-guard.ts';
import { HostBreaker } from './hosts/host-breaker.ts';
import { HostConnections } from './hosts/host-connections.ts';
import { HostScheduler } from './hosts/host-scheduler.ts';

/** The outside world; replaced in tests. */
export interface DownloaderParts {
  readonly resolve?: ResolveName;
  /** Opens a connection to an address that has been checked. */
  readonly open?: buildConnector.connector;
  readonly clock?: Clock;
}

export interface AttemptOptions {
  readonly signal: AbortSignal;
  /** The time limit of the attempt, in milliseconds; DOWNLOAD_TIMEOUT_MS if omitted. */
  readonly timeoutMs?: number;
  /** The maximum size after decompression; DOWNLOAD_MAX_BYTES if omitted. */
  readonly maxBytes?: number;
  /** The `Accept` header; pictures if omitted. */
  readonly accept?: string;
  /** The number of bytes that exist already, asked for before each request. */
  readonly from?: () => Promise<number>;
  /** Asks for the body only if it is not the one that had these. */
  readonly unless?: Validators;
  /** Whether the URL will not be tried again if this attempt fails. */
  readonly isLast: boolean;
}

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** The time limit, in milliseconds. */
  readonly timeoutMs: number;
}

export type MakeSink<Sink> = (expected: number | undefined, status: number) => Sink;

export interface Fetched<Sink extends BodySink> {
  readonly answer: Answer<Sink>;
  readonly body: Sink;
  /** The URL that redirects led to. */
  readonly url: URL;
}

const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const PICTURES = 'image/*, */*;q=0.5';

/** Makes single attempts at URLs, following redirects. Every request waits for its turn at its own host. */
export class UrlFetcher {
  private readonly clock: Clock;
  private readonly rules: UrlRules;
  private readonly scheduler: HostScheduler;
  private readonly breaker: HostBreaker;
  private readonly connections: HostConnections;

  constructor(
    private readonly config: DownloadsConfig,
    parts: DownloaderParts,
  ) {
    const timeoutMs = config.DOWNLOAD_CONNECT_TIMEOUT_MS;
    const allowLoopback = config.DOWNLOAD_ALLOW_LOOPBACK;
    this.clock = parts.clock ?? systemClock;
    this.rules = { ports: config.DOWNLOAD_PORTS, allowLoopback };
    this.scheduler = new HostScheduler(
      config.DOWNLOAD_CONCURRENCY,
      config.DOWNLOAD_CONCURRENCY_PER_HOST,
      this.clock,
    );
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

  /** Parses and checks a URL without sending anything. Throws as `checkUrl` does. */
  check(url: string): URL {
    return checkUrl(url, this.rules);
  }

  /** Starts no requests at this host for this long. */
  pause(host: string, ms: number): void {
    this.scheduler.pause(host, ms);
  }

  /** Closes all connections. Attempts in progress fail. */
  async close(): Promise<void> {
    this.scheduler.close();
    await this.connections.close();
  }

  /**
   * Makes one attempt. Rejects with an `AttemptFailure`, with an `AppError` if a redirect leads to a URL that
   * is refused, with `NotModified` if `unless` holds, or with the signal's reason.
   */
  async fetchOnce<Sink extends BodySink>(
    first: URL,
    options: AttemptOptions,
    makeSink: MakeSink<Sink>,
  ): Promise<Fetched<Sink>> {
    const limitMs = options.timeoutMs ?? this.config.DOWNLOAD_TIMEOUT_MS;
    let timeoutMs = limitMs;
    let url = first;
    for (let redirects = 0; ; redirects += 1) {
      try {
        const endTurn = await this.waitForTurn(url, redirects, options.signal);
        const begun = performance.now();
        let answer: Answer<Sink>;
        try {
          answer = await this.request(url, { ...options, timeoutMs, limitMs }, makeSink);
          this.breaker.answered(url.origin);
        } catch (error) {
          this.recordFailure(url.origin, error, options.isLast);
          throw error;
        } finally {
          endTurn();
        }
        const { body } = answer;
        if (body !== null) {
          if (isHtmlPage(body.head)) throw isHtml(answer.status);
          return { answer, body, url };
        }
        if (answer.status === 304 && options.unless !== undefined) throw new NotModified();
        url = this.redirectTarget(url, answer, redirects);
        timeoutMs -= performance.now() - begun;
        if (timeoutMs <= 0) throw downloadTimedOut(limitMs, answer.status);
      } catch (error) {
        throw error instanceof AttemptFailure && url !== first ? atHost(error, url.hostname) : error;
      }
    }
  }

  /**
   * Sends one POST, without following redirects, and resolves with the status of the answer. Rejects with an
   * `AttemptFailure` or with the signal's reason.
   */
  async post(url: URL, body: string, { headers, signal, timeoutMs }: PostOptions): Promise<number> {
    const endTurn = await this.scheduler.waitForTurn(url.hostname, signal);
    const client = this.connections.acquire(url.origin);
    let clean = false;
    try {
      const answer = await exchange(client, url, {
        post: body,
        headers: { 'user-agent': this.config.DOWNLOAD_USER_AGENT, ...headers },
        signal,
        timeoutMs,
        limitMs: timeoutMs,
        maxBytes: 0,
        makeSink: () => {
          throw new Error('The body of the answer to a POST is discarded');
        },
        admit: () => undefined,
      });
      clean = answer.clean;
      return answer.status;
    } finally {
      this.connections.release(url.origin, client, clean);
      endTurn();
    }
  }

  /** Waits for a turn, and refuses a host that is down: before, and again after, when others may have found out. */
  private async waitForTurn(url: URL, redirects: number, signal: AbortSignal): Promise<() => void> {
    if (this.breaker.isDown(url.origin)) throw hostDown(redirects === 0);
    const endTurn = await this.scheduler.waitForTurn(url.hostname, signal);
    if (this.breaker.letThrough(url.origin)) return endTurn;
    endTurn();
    throw hostDown(redirects === 0);
  }

  /** Records what a failure says about the host. If the URL will be tried again, that is not known yet. */
  private recordFailure(origin: string, error: unknown, isLast: boolean): void {
    if (!(error instanceof AttemptFailure)) return;
    if (error.facts.status !== undefined) this.breaker.answered(origin);
    else if (isWithoutAnswer(error) && (isLast || !error.facts.retryable)) this.breaker.failed(origin);
  }

  private async request<Sink extends BodySink>(
    url: URL,
    options: AttemptOptions & { timeoutMs: number; limitMs: number },
    makeSink: MakeSink<Sink>,
  ): Promise<Answer<Sink>> {
    const from = (await options.from?.()) ?? 0;
    const { DOWNLOAD_USER_AGENT: userAgent, DOWNLOAD_RESPECT_NOAI: respectNoai } = this.config;
    const client = this.connections.acquire(url.origin);
    let clean = false;
    try {
      const answer = await exchange(client, url, {
        headers: {
          'user-agent': userAgent,
          accept: options.accept ?? PICTURES,
          // A range of a compressed response would not be a range of the file.
          'accept-encoding': options.from === undefined ? ACCEPT_ENCODING : 'identity',
          ...(from > 0 && { range: `bytes=${from}-` }),
          ...(options.unless && conditionsOf(options.unless)),
        },
        signal: options.signal,
        timeoutMs: options.timeoutMs,
        limitMs: options.limitMs,
        // The limit of the whole file, in case the server ignores the range.
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
      this.connections.release(url.origin, client, clean);
    }
  }

  /** Where a response without a success status redirects to. Throws if it is not a redirect. */
  private redirectTarget(url: URL, { status, headers }: Answer<BodySink>, redirects: number): URL {
    if (!REDIRECTS.has(status)) {
      throw httpStatus(
        status,
        isRetryableStatus(status),
        isRetryableStatus(status) ? retryAfterMs(headers['retry-after'], this.clock.now()) : undefined,
      );
    }
    if (redirects >= MAX_REDIRECTS) throw tooManyRedirects(MAX_REDIRECTS, status);
    const location = headers.location?.replace(RAW_BYTE, escapeByte);
    if (location === undefined || !URL.canParse(location, url.href)) throw redirectInvalid(status);
    return this.check(new URL(location, url.href).href);
  }
}

/** The client hands over each byte of a header as one character, whatever encoding the server has written it in. */
const RAW_BYTE = /[\x80-\xff]/g;

/** In percent, so that the server is asked for the bytes that it has named. */
function escapeByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** The same failure, attributed to the host that redirects led to. */
function atHost(failure: AttemptFailure, host: string): AttemptFailure {
  return new AttemptFailure(failure.error, { ...failure.facts, host }, { cause: failure.cause });
}
