import { objectRefused, urlInvalid } from '../downloads.errors.ts';
import type { S3Config } from '../s3.config.ts';

/** An object of S3, or all that have a prefix. */
export interface ObjectName {
  readonly bucket: string;
  /** As it is stored: nothing in a URL of S3 is escaped. */
  readonly key: string;
}

/** Whether a URL names something in S3. */
export function isObjectUrl(url: string): boolean {
  return /^s3:/i.test(url);
}

/** The object of a `s3://bucket/key`. Throws `URL_INVALID` and `S3_BUCKET_REFUSED`. */
export function objectNamed(url: string, config: S3Config): ObjectName {
  const { bucket, key } = parsed(url, config);
  if (key === '') throw urlInvalid('An object in S3 is named as s3://bucket/key.');
  return { bucket, key };
}

/**
 * The folder of a `s3://bucket/prefix`, with the slash at its end; the key is empty for a whole bucket. Throws as
 * `objectNamed` does.
 */
export function prefixNamed(url: string, config: S3Config): ObjectName {
  const { bucket, key } = parsed(url, config);
  return { bucket, key: key === '' || key.endsWith('/') ? key : `${key}/` };
}

/** The URL of what a path stands for that starts from the folder at `root`. It does not leave the bucket. */
export function objectUrlBelow(root: string, path: string): string {
  const [, bucket = '', folder = ''] = PARTS.exec(root) ?? [];
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `s3://${bucket}/${parts.join('/')}`;
}

const PARTS = /^s3:\/\/([^/]+)(?:\/(.*))?$/is;

function parsed(url: string, { S3_BUCKETS }: S3Config): ObjectName {
  const [, bucket, key = ''] = PARTS.exec(url) ?? [];
  if (bucket === undefined) throw urlInvalid('An object in S3 is named as s3://bucket/key.');
  if (!S3_BUCKETS.includes(bucket) && !S3_BUCKETS.includes('*')) throw objectRefused(bucket);
  return { bucket, key };
}
