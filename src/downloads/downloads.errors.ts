import { errors } from 'undici';
import { AppError, errorsOf, messageOf } from '../common/index.ts';
import { AttemptFailure } from './exchange/attempt-failure.ts';

const defineError = errorsOf('Downloads');

const SHOWN_HOST_LENGTH = 255;

export const urlInvalid = defineError({
  code: 'URL_INVALID',
  status: 400,
  meaning: 'The text is not a URL that can be fetched.',
  remedy: 'Correct the URL.',
  message: (problem: string) => problem,
});

export const urlScheme = defineError({
  code: 'URL_SCHEME',
  status: 400,
  meaning: 'The URL is neither https nor http, or http is not allowed.',
  remedy: 'Use a URL that begins with https://.',
  message: (problem: string) => problem,
});

export const urlBlocked = defineError({
  code: 'URL_BLOCKED',
  status: 400,
  meaning: 'The URL leads to an address that is not public.',
  remedy: 'Use a public URL, or import the files from a folder.',
  message: (_host: string) => 'The URL leads to an address that is not public, which is not allowed.',
  details: (host) => ({ host: host.slice(0, SHOWN_HOST_LENGTH) }),
});

export const objectRefused = defineError({
  code: 'S3_BUCKET_REFUSED',
  status: 400,
  meaning: 'The bucket is not one of those that imports may read.',
  remedy: 'Add the bucket to `S3_BUCKETS`.',
  message: (bucket: string) =>
    `The bucket "${bucket}" is not one of S3_BUCKETS, the buckets that imports may read.`,
  details: (bucket) => ({ host: bucket.slice(0, SHOWN_HOST_LENGTH) }),
});

export const objectMissing = defineError({
  code: 'S3_OBJECT_NOT_FOUND',
  status: 400,
  meaning: 'There is no such bucket, or no such object in it.',
  remedy: 'Check the bucket and the key in the source.',
  message: (bucket: string, key: string) =>
    `There is no object ${JSON.stringify(key)} in the bucket "${bucket}".`,
  details: (bucket) => ({ host: bucket.slice(0, SHOWN_HOST_LENGTH), status: 404 }),
});

export const objectStoreFailed = defineError({
  code: 'S3_FAILED',
  status: 400,
  meaning: 'S3 has refused the request, or cannot be reached; the message has the reason.',
  remedy:
    'Check credentials, region and endpoint (`AWS_…`), and the permissions `s3:GetObject` and, for a prefix, `s3:ListBucket`; retry later.',
  message: ({ bucket, reason, status }: { bucket: string; reason: string; status: number | undefined }) =>
    `The bucket "${bucket}" cannot be read (${reason}${status === undefined ? '' : `, status ${status}`}).`,
  details: ({ bucket, status }) => ({
    host: bucket.slice(0, SHOWN_HOST_LENGTH),
    ...(status === undefined ? {} : { status }),
  }),
});

export const s3NotInstalled = defineError({
  code: 'S3_NOT_INSTALLED',
  status: 400,
  meaning: 'Reading from S3 needs a package that is not installed.',
  remedy: 'Install the package that the message names.',
  message: (spec: string) =>
    `Reading from S3 needs a package that is not installed. Install it: npm install ${spec}`,
});

const dnsFailure = defineError({
  code: 'DOWNLOAD_DNS_FAILED',
  status: 400,
  meaning: 'The host name of the URL cannot be resolved.',
  remedy: 'Check the host name; retry if the fault was temporary.',
  message: (reason: string) => `The host name cannot be resolved (${reason}).`,
});

const connectFailure = defineError({
  code: 'DOWNLOAD_CONNECT_FAILED',
  status: 400,
  meaning: 'A connection to the host cannot be established.',
  remedy: 'Check the URL and that this machine can reach the host; retry later.',
  message: 'A connection to the server cannot be established.',
});

const connectTimeout = connectFailure.variant({
  message: (ms: number) => `The connection was not established within ${ms} ms.`,
});

const hostDownFailure = defineError({
  code: 'DOWNLOAD_HOST_DOWN',
  status: 400,
  meaning: 'The host failed to answer for so many URLs in a row that no more are requested from it for now.',
  remedy:
    'Once it is back, retry: `retryFailedDownloads` in the API, `lookalike import --retry-failed DATASET`.',
  message:
    'The host failed to answer for so many URLs in a row that no more are requested from it for now. Once it is back, retry what failed: ' +
    'retryFailedDownloads in the API, "lookalike import --retry-failed DATASET" on the command line.',
});

export const timeoutFailure = defineError({
  code: 'DOWNLOAD_TIMEOUT',
  status: 400,
  meaning: 'The download did not complete in time.',
  remedy: 'Retry later, or raise `DOWNLOAD_TIMEOUT_MS`.',
  message: (ms: number) => `The download did not complete within ${ms} ms.`,
});

export const tooLargeFailure = defineError({
  code: 'DOWNLOAD_TOO_LARGE',
  status: 413,
  meaning: 'The file behind the URL is larger than allowed.',
  remedy: 'Use a smaller file, or raise `DOWNLOAD_MAX_BYTES`.',
  message: (limit: number) => `The file has more than ${limit} bytes.`,
});

const statusFailure = defineError({
  code: 'DOWNLOAD_HTTP_STATUS',
  status: 400,
  meaning: 'The host answered with an HTTP status other than success; `status` gives it.',
  remedy: 'Open the URL in a browser. Retry if the status is 429 or begins with 5.',
  message: (status: number) => `The server answered with status ${status}.`,
});

const redirectFailure = defineError({
  code: 'DOWNLOAD_REDIRECTS',
  status: 400,
  meaning: 'The URL redirects too often, or to something that is not a URL.',
  remedy: 'Use the final URL.',
  message: (limit: number) => `The URL redirects more than ${limit} times.`,
});

const redirectNowhere = redirectFailure.variant({
  message: 'The server redirects, but not to a valid URL.',
});

const responseFailure = defineError({
  code: 'DOWNLOAD_INVALID_RESPONSE',
  status: 400,
  meaning: 'The host did not answer with valid HTTP.',
  remedy: 'Retry later, or use another source.',
  message: 'The response is not valid HTTP.',
});

const rangeFailure = responseFailure.variant({
  message: 'The server sent a different part of the file than the one requested.',
});

const robotsFailure = defineError({
  code: 'DOWNLOAD_FORBIDDEN_BY_ROBOTS',
  status: 400,
  meaning: 'The host asks that the file not be used this way (`X-Robots-Tag: noai`).',
  remedy: 'Respect that, or set `DOWNLOAD_RESPECT_NOAI=false`.',
  message:
    'The server does not allow this file to be used this way (X-Robots-Tag: noai). DOWNLOAD_RESPECT_NOAI=false ignores that.',
});

const htmlFailure = defineError({
  code: 'DOWNLOAD_IS_HTML',
  status: 400,
  meaning: 'The host sent a web page instead of the file.',
  remedy: 'Use the URL of the file itself.',
  message: 'The server sent a web page instead of the file.',
});

const encodingFailure = defineError({
  code: 'DOWNLOAD_ENCODING',
  status: 400,
  meaning: 'The file is compressed in a way that is not supported, or its compression is damaged.',
  remedy: 'Use another source.',
  message: 'The file is compressed in a way that is not supported.',
});

const compressionDamaged = encodingFailure.variant({ message: 'The file cannot be decompressed.' });

const truncatedFailure = defineError({
  code: 'DOWNLOAD_TRUNCATED',
  status: 400,
  meaning: 'The connection was closed before the file was complete.',
  remedy: 'Retry later.',
  message: 'The connection was closed before the file was complete.',
});

const resetFailure = defineError({
  code: 'DOWNLOAD_RESET',
  status: 400,
  meaning: 'The host closed the connection without an answer, or in the middle of it.',
  remedy: 'Retry later.',
  message: 'The server closed the connection without an answer, or in the middle of it.',
});

const tlsFailure = defineError({
  code: 'DOWNLOAD_TLS_FAILED',
  status: 400,
  meaning: "The host's certificate is not valid, or it does not speak TLS.",
  remedy: 'Use another source, or trust the certificate with `NODE_EXTRA_CA_CERTS`.',
  message: "The server's certificate is not valid, or it does not speak TLS.",
});

/** The final error for a URL, with the host, the number of attempts, and the status if there was one. */
export const downloadFailed = (failure: AttemptFailure, host: string, attempts: number) => {
  const { status, limit } = failure.facts;
  return failure.error.with(
    {
      host: (failure.facts.host ?? host).slice(0, SHOWN_HOST_LENGTH),
      attempts,
      ...(status !== undefined && { status }),
      ...(limit !== undefined && { limit }),
    },
    { cause: failure },
  );
};

export const dnsFailed = (reason: string, retryable: boolean) =>
  new AttemptFailure(dnsFailure(reason), { retryable });

export const connectTimedOut = (ms: number) => new AttemptFailure(connectTimeout(ms), { retryable: true });

/** `unasked`: no request was sent for the URL, not even one that redirected there. */
export const hostDown = (unasked: boolean) =>
  new AttemptFailure(hostDownFailure(), { retryable: false, unasked });

/** Whether the host sent nothing at all. */
export function isWithoutAnswer({ error, facts }: AttemptFailure): boolean {
  const silent = [dnsFailure, connectFailure, resetFailure, timeoutFailure];
  return facts.status === undefined && silent.some(({ is }) => is(error));
}

/** Whether the error says which names a network has, and which of them are not public. */
export function revealsNetwork(error: unknown): boolean {
  return [urlBlocked, dnsFailure, connectFailure, hostDownFailure].some(({ is }) => is(error));
}

export const downloadTimedOut = (ms: number, status?: number) =>
  new AttemptFailure(timeoutFailure(ms), { retryable: true, status });

export const downloadTooLarge = (limit: number, status: number) =>
  new AttemptFailure(tooLargeFailure(limit), { retryable: false, status, limit });

export const httpStatus = (status: number, retryable: boolean, retryAfterMs?: number) =>
  new AttemptFailure(statusFailure(status), { retryable, status, retryAfterMs });

export const tooManyRedirects = (limit: number, status: number) =>
  new AttemptFailure(redirectFailure(limit), { retryable: false, status });

export const redirectInvalid = (status: number) =>
  new AttemptFailure(redirectNowhere(), { retryable: false, status });

export const rangeInvalid = (status: number) =>
  new AttemptFailure(rangeFailure(), { retryable: false, status });

export const forbiddenByRobots = (status: number) =>
  new AttemptFailure(robotsFailure(), { retryable: false, status });

export const isHtml = (status: number) => new AttemptFailure(htmlFailure(), { retryable: false, status });

export const encodingUnsupported = (status: number) =>
  new AttemptFailure(encodingFailure(), { retryable: false, status });

/**
 * Turns an error of the connection or of decompression into an `AttemptFailure`. A `status` means that the
 * response had begun. Any other error is returned as it is.
 */
export function transportFailure(error: unknown, status: number | undefined): unknown {
  if (error instanceof AttemptFailure || error instanceof AppError) return error;
  const code = codeOf(error);
  const brokenHttp = error instanceof errors.HTTPParserError;
  const fail = (failure: () => AppError, retryable: boolean) =>
    new AttemptFailure(failure(), { retryable, status }, { cause: error });

  if (
    code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' ||
    (brokenHttp && messageOf(error).includes('EOF')) ||
    code === 'Z_BUF_ERROR' ||
    (code === 'UND_ERR_SOCKET' && status !== undefined)
  ) {
    return fail(truncatedFailure, true);
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') {
    return fail(resetFailure, true);
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || CONNECT_CODES.has(code)) {
    return fail(connectFailure, true);
  }
  if (
    /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_|UNABLE_TO_|SELF_SIGNED|HOSTNAME_MISMATCH|EPROTO$)/.test(code)
  ) {
    return fail(tlsFailure, false);
  }
  if (brokenHttp || /^(UND_ERR_(?!ABORTED|CLOSED|DESTROYED|INVALID_ARG))/.test(code)) {
    return fail(responseFailure, false);
  }
  if (/^(Z_|ERR_BROTLI|ERR__|ERR_ZSTD)/.test(code)) {
    return fail(compressionDamaged, false);
  }
  return error;
}

const CONNECT_CODES = new Set([
  'ECONNREFUSED',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
  'EACCES',
  'EINVAL',
]);

function codeOf(error: unknown): string {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
