import { AppError } from '../../common/index.ts';
import type { Downloader } from '../../downloads/index.ts';

/** Failures that, taken together, reveal which host names resolve inside a private network. */
const REVEALING = new Set([
  'URL_BLOCKED',
  'DOWNLOAD_DNS_FAILED',
  'DOWNLOAD_CONNECT_FAILED',
  'DOWNLOAD_HOST_DOWN',
]);

const queryUrlUnreachable = () =>
  new AppError(
    'QUERY_URL_UNREACHABLE',
    'The picture cannot be fetched: the URL leads to no public host that answers. Check it, or upload the picture.',
  );

/**
 * Downloads a query picture.
 *
 * Whether a host name resolves to a private address, or to none, is something that only the operator should
 * learn, from the report of an import. A stranger could use the answers to map the private network, so here all
 * of these failures become one `QUERY_URL_UNREACHABLE`. Otherwise it rejects as `Downloader.download` does.
 */
export async function downloadQuery(
  downloader: Downloader,
  url: string,
  options: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<Buffer> {
  try {
    return (await downloader.download(url, options)).bytes;
  } catch (error) {
    throw error instanceof AppError && REVEALING.has(error.code) ? queryUrlUnreachable() : error;
  }
}
