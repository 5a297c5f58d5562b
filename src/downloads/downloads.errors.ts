import { errors } from 'undici';
import { AppError, messageOf } from '../common/index.ts';
import { AttemptFailure } from './exchange/attempt-failure.ts';

const SHOWN_HOST_LENGTH = 255;

export const urlInvalid = (problem: string) => new AppError('URL_INVALID', problem);

export const urlScheme = (problem: string) => new AppError('URL_SCHEME', problem);

export const urlBlocked = (host: string) =>
  new AppError('URL_BLOCKED', 'The URL leads to an address that is not public. It is not fetched.', {
    host: host.slice(0, SHOWN_HOST_LENGTH),
  });

/** The last word on a URL, with the host, the status where there was one, and the attempts made. */
export const downloadFailed = (failure: AttemptFailure, host: string, attempts: number) => {
  const { status, limit } = failure.facts;
  return new AppError(
    failure.code,
    failure.message,
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
  new AttemptFailure('DOWNLOAD_DNS_FAILED', `The name of the host cannot be resolved (${reason}).`, {
    retryable,
  });

export const connectTimedOut = (ms: number) =>
  new AttemptFailure('DOWNLOAD_CONNECT_FAILED', `No connection came about within ${ms} ms.`, {
    retryable: true,
  });

/** `unasked`: not even a redirect led there. */
export const hostDown = (unasked: boolean) =>
  new AttemptFailure(
    'DOWNLOAD_HOST_DOWN',
    'The host left so many URLs without an answer that it is not asked for the moment. Once it is back, have what failed tried again: ' +
      'retryFailedDownloads in the API, "lookalike import --retry-failed DATASET" on the command line.',
    { retryable: false, unasked },
  );

const WITHOUT_ANSWER = new Set([
  'DOWNLOAD_DNS_FAILED',
  'DOWNLOAD_CONNECT_FAILED',
  'DOWNLOAD_RESET',
  'DOWNLOAD_TIMEOUT',
]);

/** Whether nothing at all came from the host. */
export function isWithoutAnswer({ code, facts }: AttemptFailure): boolean {
  return facts.status === undefined && WITHOUT_ANSWER.has(code);
}

export const downloadTimedOut = (ms: number, status?: number) =>
  new AttemptFailure('DOWNLOAD_TIMEOUT', `The download was not complete after ${ms} ms.`, {
    retryable: true,
    status,
  });

export const downloadTooLarge = (limit: number, status: number) =>
  new AttemptFailure('DOWNLOAD_TOO_LARGE', `The file has more than ${limit} bytes.`, {
    retryable: false,
    status,
    limit,
  });

export const httpStatus = (status: number, retryable: boolean, retryAfterMs?: number) =>
  new AttemptFailure('DOWNLOAD_HTTP_STATUS', `The server answered with status ${status}.`, {
    retryable,
    status,
    retryAfterMs,
  });

export const tooManyRedirects = (limit: number, status: number) =>
  new AttemptFailure('DOWNLOAD_REDIRECTS', `The URL redirects more than ${limit} times.`, {
    retryable: false,
    status,
  });

export const redirectInvalid = (status: number) =>
  new AttemptFailure('DOWNLOAD_REDIRECTS', 'The server redirects, but not to a URL.', {
    retryable: false,
    status,
  });

export const rangeInvalid = (status: number) =>
  new AttemptFailure(
    'DOWNLOAD_INVALID_RESPONSE',
    'The server sent another part of the file than was asked for.',
    {
      retryable: false,
      status,
    },
  );

export const forbiddenByRobots = (status: number) =>
  new AttemptFailure(
    'DOWNLOAD_FORBIDDEN_BY_ROBOTS',
    'The server marks this file as not for such use (X-Robots-Tag: noai). DOWNLOAD_RESPECT_NOAI=false ignores that.',
    { retryable: false, status },
  );

export const isHtml = (status: number) =>
  new AttemptFailure('DOWNLOAD_IS_HTML', 'The server sent a web page in place of the file.', {
    retryable: false,
    status,
  });

export const encodingUnsupported = (status: number) =>
  new AttemptFailure('DOWNLOAD_ENCODING', 'The server compressed the file in a way that is not supported.', {
    retryable: false,
    status,
  });

/**
 * What a failure of the connection or of the decompression means. `status` says that an answer had
 * begun. Whatever is no such failure is returned as it is.
 */
export function transportFailure(error: unknown, status: number | undefined): unknown {
  if (error instanceof AttemptFailure || error instanceof AppError) return error;
  const code = codeOf(error);
  const brokenHttp = error instanceof errors.HTTPParserError;
  const fail = (name: string, message: string, retryable: boolean) =>
    new AttemptFailure(name, message, { retryable, status }, { cause: error });

  if (
    code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' ||
    (brokenHttp && messageOf(error).includes('EOF')) ||
    code === 'Z_BUF_ERROR' ||
    (code === 'UND_ERR_SOCKET' && status !== undefined)
  ) {
    return fail('DOWNLOAD_TRUNCATED', 'The connection ended before the file did.', true);
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') {
    return fail(
      'DOWNLOAD_RESET',
      'The server closed the connection without an answer, or in the middle.',
      true,
    );
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || CONNECT_CODES.has(code)) {
    return fail('DOWNLOAD_CONNECT_FAILED', 'The server cannot be connected to.', true);
  }
  if (
    /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_|UNABLE_TO_|SELF_SIGNED|HOSTNAME_MISMATCH|EPROTO$)/.test(code)
  ) {
    return fail('DOWNLOAD_TLS_FAILED', 'The server cannot prove who it is, or speaks no TLS.', false);
  }
  if (brokenHttp || /^(UND_ERR_(?!ABORTED|CLOSED|DESTROYED|INVALID_ARG))/.test(code)) {
    return fail('DOWNLOAD_INVALID_RESPONSE', 'The server does not speak HTTP as it should.', false);
  }
  if (/^(Z_|ERR_BROTLI|ERR__|ERR_ZSTD)/.test(code)) {
    return fail('DOWNLOAD_ENCODING', 'The file cannot be decompressed.', false);
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
