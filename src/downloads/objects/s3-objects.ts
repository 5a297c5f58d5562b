import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { AppError, Semaphore } from '../../common/index.ts';
import type { Downloaded, DownloadedFile, DownloadFacts } from '../downloader.ts';
import type { DownloadsConfig } from '../downloads.config.ts';
import { objectMissing, objectStoreFailed, timeoutFailure, tooLargeFailure } from '../downloads.errors.ts';
import { FileSink, MemorySink, type BodySink } from '../exchange/body-sink.ts';
import { NotModified, validatorsOf, type Validators } from '../exchange/validators.ts';
import type { S3Config } from '../s3.config.ts';
import { objectNamed, prefixNamed, type ObjectName } from './object-name.ts';
import { connectToS3, type S3Connection } from './s3-connection.ts';

/** What a listing says of an object. */
export interface ListedObject {
  /** Below the prefix that was listed. */
  readonly path: string;
  readonly url: string;
  readonly bytes: number;
  readonly validators: Validators | null;
}

interface FetchOptions {
  readonly signal: AbortSignal;
  /** DOWNLOAD_MAX_BYTES if omitted. */
  readonly maxBytes?: number;
  /** DOWNLOAD_TIMEOUT_MS if omitted. */
  readonly timeoutMs?: number;
  readonly unless?: Validators;
}

/**
 * Reads objects of S3 and of servers that speak its protocol, named as `s3://bucket/key`, from the buckets that may be
 * read. All methods reject with `URL_INVALID`, `S3_BUCKET_REFUSED`, `S3_NOT_INSTALLED`, `S3_OBJECT_NOT_FOUND`,
 * `S3_FAILED` and `DOWNLOAD_TIMEOUT`, or with the signal's reason; and with `DOWNLOAD_TOO_LARGE` if they fetch.
 */
export class S3Objects {
  private readonly slots: Semaphore;
  private connection: Promise<S3Connection> | undefined;

  constructor(
    private readonly s3: S3Config,
    private readonly downloads: DownloadsConfig,
  ) {
    this.slots = new Semaphore(downloads.DOWNLOAD_CONCURRENCY);
  }

  /** Throws `URL_INVALID` and `S3_BUCKET_REFUSED`. */
  check(url: string): void {
    objectNamed(url, this.s3);
  }

  /** The same for the prefix of objects. */
  checkPrefix(url: string): void {
    prefixNamed(url, this.s3);
  }

  /** Fetches an object into memory. */
  async download(url: string, options: FetchOptions): Promise<Downloaded> {
    const { sink, facts } = await this.fetch(url, options, (expected) => new MemorySink(expected));
    return { bytes: sink.bytes, ...facts };
  }

  /** Fetches an object into memory unless it is the one that had these validators: then undefined. */
  async downloadIfChanged(
    url: string,
    unless: Validators,
    options: FetchOptions,
  ): Promise<Downloaded | undefined> {
    try {
      return await this.download(url, { ...options, unless });
    } catch (error) {
      if (error instanceof NotModified) return undefined;
      throw error;
    }
  }

  /** Fetches an object into a file, which is created or overwritten. After a failure its content is undefined. */
  async downloadToFile(url: string, path: string, options: FetchOptions): Promise<DownloadedFile> {
    const { length, facts } = await this.fetch(url, options, () => new FileSink(path));
    return { length, ...facts };
  }

  /**
   * Yields the objects below a prefix, which stands for a folder whether or not a slash ends it, in the order of the
   * server, which is that of their keys in UTF-8 for nearly all. What stands for a folder itself is left out. Listed page by page.
   */
  async *list(url: string, signal: AbortSignal): AsyncGenerator<ListedObject, void, undefined> {
    const { bucket, key: prefix } = prefixNamed(url, this.s3);
    let after: string | undefined;
    do {
      const page = await this.ask({ bucket, key: prefix }, { signal }, ({ client, sdk }, abortSignal) =>
        client.send(
          new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: after }),
          { abortSignal },
        ),
      );
      for (const { Key: key, Size: bytes = 0, ETag: etag, LastModified: changed } of page.Contents ?? []) {
        if (key === undefined || key.endsWith('/')) continue;
        const validators = validatorsOf({ etag, 'last-modified': changed?.toUTCString() });
        yield { path: key.slice(prefix.length), url: `s3://${bucket}/${key}`, bytes, validators };
      }
      after = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (after !== undefined);
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    const connection = await this.connection?.catch(() => undefined);
    connection?.client.destroy();
  }

  private async fetch<Sink extends BodySink>(
    url: string,
    options: FetchOptions,
    makeSink: (expected: number | undefined) => Sink,
  ): Promise<{ readonly sink: Sink; readonly length: number; readonly facts: DownloadFacts }> {
    const name = objectNamed(url, this.s3);
    const { maxBytes = this.downloads.DOWNLOAD_MAX_BYTES, unless } = options;
    const begun = performance.now();
    return this.ask(name, options, async ({ client, sdk }, abortSignal) => {
      const wanted = { Bucket: name.bucket, Key: name.key, ...(unless && conditionsOf(unless)) };
      const answer = await client.send(new sdk.GetObjectCommand(wanted), { abortSignal });
      const sink = makeSink(answer.ContentLength);
      const length = await receive(answer, sink, maxBytes, abortSignal);
      const facts = {
        url,
        status: answer.$metadata.httpStatusCode ?? 200,
        contentType: answer.ContentType ?? null,
        validators: validatorsOf({
          etag: answer.ETag,
          'last-modified': answer.LastModified?.toUTCString(),
        }),
        attempts: answer.$metadata.attempts ?? 1,
        ms: performance.now() - begun,
      };
      return { sink, length, facts };
    });
  }

  /** Waits for a turn, and translates what goes wrong. */
  private async ask<Answer>(
    name: ObjectName,
    { signal, timeoutMs: limitMs = this.downloads.DOWNLOAD_TIMEOUT_MS }: FetchOptions,
    request: (connection: S3Connection, signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const connection = await this.connected();
    const release = await this.slots.acquire();
    const timeout = AbortSignal.timeout(limitMs);
    try {
      return await request(connection, AbortSignal.any([signal, timeout]));
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) throw timeoutFailure(limitMs);
      throw faultOf(error, name);
    } finally {
      release();
    }
  }

  private connected(): Promise<S3Connection> {
    this.connection ??= connectToS3({
      forcePathStyle: this.s3.S3_FORCE_PATH_STYLE,
      maxAttempts: this.downloads.DOWNLOAD_ATTEMPTS,
    }).catch((error: unknown) => {
      this.connection = undefined;
      throw error;
    });
    return this.connection;
  }
}

function conditionsOf({ etag, lastModified }: Validators) {
  const since = lastModified === undefined ? NaN : Date.parse(lastModified);
  return {
    ...(etag === undefined ? {} : { IfNoneMatch: etag }),
    ...(Number.isNaN(since) ? {} : { IfModifiedSince: new Date(since) }),
  };
}

/** Resolves with the number of bytes. */
async function receive(
  { ContentLength: expected = 0, Body }: GetObjectCommandOutput,
  sink: BodySink,
  maxBytes: number,
  signal: AbortSignal,
): Promise<number> {
  const content = Body as (AsyncIterable<Buffer> & { destroy(): void }) | undefined;
  let length = 0;
  try {
    if (expected > maxBytes) throw tooLargeFailure(maxBytes);
    for await (const chunk of content ?? []) {
      signal.throwIfAborted();
      length += chunk.length;
      if (length > maxBytes) throw tooLargeFailure(maxBytes);
      if (!sink.write(chunk)) await new Promise<void>((resolve) => sink.whenDrained(resolve));
    }
    await sink.end();
    return length;
  } catch (error) {
    sink.abandon();
    throw error;
  } finally {
    content?.destroy();
  }
}

function faultOf(error: unknown, { bucket, key }: ObjectName): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { httpStatusCode: status } =
    (error as { $metadata?: { readonly httpStatusCode?: number } }).$metadata ?? {};
  if (status === 304) return new NotModified();
  if (['NoSuchKey', 'NoSuchBucket', 'NotFound'].includes(error.name) || status === 404)
    return objectMissing(bucket, key);
  // What the file system says, as of a full disk, is not the server's fault.
  return status === undefined && 'syscall' in error && 'path' in error
    ? error
    : objectStoreFailed({ bucket, reason: error.name, status });
}
