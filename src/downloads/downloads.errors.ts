import { errors } from 'undici';
import { AppError, messageOf } from '../common/index.ts';
import { AttemptFailure } from './exchange/attempt-failure.ts';

const SHOWN_HOST_LENGTH = 255;

export const urlInvalid = (problem: string) => new AppError('URL_INVALID', problem);

export const urlScheme = (problem: string) => new AppError('URL_SCHEME', problem);

export const urlBlocked = (host: string) =>
  new AppError('URL_BLOCKED', 'The URL leads to an address that is not public, which is not allowed.', {
    host: host.slice(0, SHOWN_HOST_LENGTH),
  });

/** The final error for a URL, with the host, the number of attempts, and the status if there was one. */
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
  new AttemptFailure('DOWNLOAD_DNS_FAILED', `The host name cannot be resolved (${reason}).`, {
    retryable,
  });

export const connectTimedOut = (ms: number) =>
  new AttemptFailure('DOWNLOAD_CONNECT_FAILED', `The connection was not established within ${ms} ms.`, {
    retryable: true,
  });

/** `unasked`: no request was sent for the URL, not even one that redirected there. */
export const hostDown = (unasked: boolean) =>
  new AttemptFailure(
    'DOWNLOAD_HOST_DOWN',
    'The host did not answer for so many URLs in a row that it is being left alone for now. Once it is back, retry what failed: ' +
      'retryFailedDownloads in the API, "lookalike import --retry-failed DATASET" on the command line.',
    { retryable: false, unasked },
  );

const WITHOUT_ANSWER = new Set([
  'DOWNLOAD_DNS_FAILED',
  'DOWNLOAD_CONNECT_FAILED',
  'DOWNLOAD_RESET',
  'DOWNLOAD_TIMEOUT',
]);

/** Whether the host sent nothing at all. */
export function isWithoutAnswer({ code, facts }: AttemptFailure): boolean {
  return facts.status === undefined && WITHOUT_ANSWER.has(code);
}

export const downloadTimedOut = (ms: number, status?: number) =>
  new AttemptFailure('DOWNLOAD_TIMEOUT', `The download did not complete within ${ms} ms.`, {
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
  new AttemptFailure('DOWNLOAD_REDIRECTS', 'The server redirects, but not to a valid URL.', {
    retryable: false,
    status,
  });

export const rangeInvalid = (status: number) =>
  new AttemptFailure(
    'DOWNLOAD_INVALID_RESPONSE',
    'The server sent a different part of the file than the one requested.',
    {
      retryable: false,
      status,
    },
  );

export const forbiddenByRobots = (status: number) =>
  new AttemptFailure(
    'DOWNLOAD_FORBIDDEN_BY_ROBOTS',
    'The server does not allow this file to be used this way (X-Robots-Tag: noai). DOWNLOAD_RESPECT_NOAI=false ignores that.',
    { retryable: false, status },
  );

export const isHtml = (status: number) =>
  new AttemptFailure('DOWNLOAD_IS_HTML', 'The server sent a web page instead of the file.', {
    retryable: false,
    status,
  });

export const encodingUnsupported = (status: number) =>
  new AttemptFailure('DOWNLOAD_ENCODING', 'The file is compressed in a way that is not supported.', {
    retryable: false,
    status,
  });

/**
 * Turns an error of the connection or of decompression into an `AttemptFailure`. A `status` means that the
 * response had begun. Any other error is returned as it is.
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
    return fail('DOWNLOAD_TRUNCATED', 'The connection was closed before the file was complete.', true);
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') {
    return fail(
      'DOWNLOAD_RESET',
      'The server closed the connection without an answer, or in the middle of it.',
      true,
    );
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || CONNECT_CODES.has(code)) {
    return fail('DOWNLOAD_CONNECT_FAILED', 'A connection to the server cannot be established.', true);
  }
  if (
    /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_|UNABLE_TO_|SELF_SIGNED|HOSTNAME_MISMATCH|EPROTO$)/.test(code)
  ) {
    return fail(
      'DOWNLOAD_TLS_FAILED',
      "The server's certificate is not valid, or it does not speak TLS.",
      false,
    );
  }
  if (brokenHttp || /^(UND_ERR_(?!ABORTED|CLOSED|DESTROYED|INVALID_ARG))/.test(code)) {
    return fail('DOWNLOAD_INVALID_RESPONSE', 'The response is not valid HTTP.', false);
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
