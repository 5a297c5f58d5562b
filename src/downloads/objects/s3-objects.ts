import { createRequire } from 'node:module';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { AppError, Semaphore } from '../../common/index.ts';
import type { Downloaded } from '../downloader.ts';
import type { DownloadsConfig } from '../downloads.config.ts';
import {
  objectMissing,
  objectRefused,
  objectStoreFailed,
  s3NotInstalled,
  timeoutFailure,
  tooLargeFailure,
  urlInvalid,
} from '../downloads.errors.ts';
import type { S3Config } from '../s3.config.ts';

const PACKAGE = '@aws-sdk/client-s3';
const require = createRequire(import.meta.url);

/** Reads objects of S3 and of servers that speak its protocol, named as `s3://bucket/key`. */
export class S3Objects {
  private readonly slots: Semaphore;
  private client:
    Promise<{ readonly client: S3Client; readonly sdk: typeof import('@aws-sdk/client-s3') }> | undefined;

  constructor(
    private readonly s3: S3Config,
    private readonly downloads: DownloadsConfig,
  ) {
    this.slots = new Semaphore(downloads.DOWNLOAD_CONCURRENCY);
  }

  /** Whether a URL names an object. */
  static isObject(url: string): boolean {
    return /^s3:/i.test(url);
  }

  /**
   * Fetches an object into memory. Rejects with `URL_INVALID`, `S3_BUCKET_REFUSED`, `S3_NOT_INSTALLED`,
   * `S3_OBJECT_NOT_FOUND`, `S3_FAILED`, `DOWNLOAD_TOO_LARGE` and `DOWNLOAD_TIMEOUT`, or with the signal's reason.
   */
  async download(url: string, signal: AbortSignal): Promise<Downloaded> {
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/is.exec(url) ?? [];
    if (bucket === undefined || key === undefined)
      throw urlInvalid('An object in S3 is named as s3://bucket/key.');
    const { S3_BUCKETS } = this.s3;
    if (!S3_BUCKETS.includes(bucket) && !S3_BUCKETS.includes('*')) throw objectRefused(bucket);
    const { client, sdk } = await this.opened();
    const release = await this.slots.acquire();
    const begun = performance.now();
    const limitMs = this.downloads.DOWNLOAD_TIMEOUT_MS;
    const timeout = AbortSignal.timeout(limitMs);
    try {
      const abortSignal = AbortSignal.any([signal, timeout]);
      const answer = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }), {
        abortSignal,
      });
      const bytes = await bytesOf(answer, this.downloads.DOWNLOAD_MAX_BYTES, abortSignal);
      return {
        bytes,
        url,
        status: answer.$metadata.httpStatusCode ?? 200,
        contentType: answer.ContentType ?? null,
        // Conditional requests are not made of buckets.
        validators: null,
        attempts: answer.$metadata.attempts ?? 1,
        ms: performance.now() - begun,
      };
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) throw timeoutFailure(limitMs);
      throw faultOf(error, bucket, key);
    } finally {
      release();
    }
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    const opened = await this.client?.catch(() => undefined);
    opened?.client.destroy();
  }

  private opened(): NonNullable<S3Objects['client']> {
    this.client ??= this.open().catch((error: unknown) => {
      this.client = undefined;
      throw error;
    });
    return this.client;
  }

  private async open() {
    if (!isInstalled()) throw s3NotInstalled(packageSpec());
    const sdk = await import('@aws-sdk/client-s3');
    const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
    const client = new sdk.S3Client({
      forcePathStyle: this.s3.S3_FORCE_PATH_STYLE,
      maxAttempts: this.downloads.DOWNLOAD_ATTEMPTS,
      // Servers other than those of AWS need a region only for the signature.
      ...(region === undefined && process.env.AWS_PROFILE === undefined ? { region: 'us-east-1' } : {}),
      // Otherwise a bucket in another region than that of the environment is refused.
      followRegionRedirects: true,
    });
    return { client, sdk };
  }
}

async function bytesOf(
  { ContentLength, Body }: GetObjectCommandOutput,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  if (Body === undefined) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let length = ContentLength ?? 0;
  const content = Body as AsyncIterable<Uint8Array> & { destroy(): void };
  try {
    if (length > maxBytes) throw tooLargeFailure(maxBytes);
    length = 0;
    for await (const chunk of content) {
      signal.throwIfAborted();
      length += chunk.length;
      if (length > maxBytes) throw tooLargeFailure(maxBytes);
      chunks.push(chunk);
    }
  } finally {
    content.destroy();
  }
  return Buffer.concat(chunks);
}

function faultOf(error: unknown, bucket: string, key: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  if (['NoSuchKey', 'NoSuchBucket', 'NotFound'].includes(error.name) || status === 404) {
    return objectMissing(bucket, key);
  }
  return objectStoreFailed({ bucket, reason: error.name, status });
}

function isInstalled(): boolean {
  try {
    require.resolve(PACKAGE);
    return true;
  } catch {
    return false;
  }
}

/** With the version that this package declares. */
function packageSpec(): string {
  const { peerDependencies } = require('../../../package.json') as {
    peerDependencies: Readonly<Record<string, string>>;
  };
  return `${PACKAGE}@${peerDependencies[PACKAGE] ?? 'latest'}`;
}
