/** Why a picture could not be imported or indexed, in few words. The codes are those of docs/errors.md. */
const REASONS: Record<string, string> = {
  DOWNLOAD_CONNECT_FAILED: 'The host could not be reached',
  DOWNLOAD_DNS_FAILED: 'There is no host of this name',
  DOWNLOAD_ENCODING: 'The file is compressed in an unknown way',
  DOWNLOAD_FORBIDDEN_BY_ROBOTS: 'The host asks not to use the picture',
  DOWNLOAD_HOST_DOWN: 'The host failed too often in a row',
  DOWNLOAD_HTTP_STATUS: 'The host answered with an error',
  DOWNLOAD_INVALID_RESPONSE: 'The answer of the host is broken',
  DOWNLOAD_IS_HTML: 'A web page instead of a picture',
  DOWNLOAD_PLACEHOLDER: 'The same picture for many addresses: a placeholder',
  DOWNLOAD_REDIRECTS: 'Too many redirections',
  DOWNLOAD_RESET: 'The host closed the connection',
  DOWNLOAD_TIMEOUT: 'The download took too long',
  DOWNLOAD_TLS_FAILED: 'The connection is not secure',
  DOWNLOAD_TOO_LARGE: 'The file is too large',
  DOWNLOAD_TRUNCATED: 'The file broke off',
  URL_BLOCKED: 'The address is not public',
  URL_INVALID: 'Not a valid address',
  URL_SCHEME: 'The address may not be used',
  UNSUPPORTED_MEDIA_TYPE: 'Not a picture that can be read',
};

export function reasonWords(code: string): string {
  return (
    REASONS[code] ??
    code
      .toLowerCase()
      .replaceAll('_', ' ')
      .replace(/^./, (first) => first.toUpperCase())
  );
}
