import { AppError } from '../../common/index.ts';
import type { Downloader } from '../../downloads/index.ts';

/** Failures that together tell which names a network has, and which of them are its own business. */
const TELLING = new Set([
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
 * Fetches the picture that somebody searches with.
 *
 * Whether a name leads to an address that is not public, or to none, is for whoever runs the service
 * to know, in the ledger of an import. A stranger could list the names of the inner network by it, so
 * here all of this is one `QUERY_URL_UNREACHABLE`. Rejects otherwise as `Downloader.download` does.
 */
export async function downloadQuery(
  downloader: Downloader,
  url: string,
  options: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<Buffer> {
  try {
    return (await downloader.download(url, options)).bytes;
  } catch (error) {
    throw error instanceof AppError && TELLING.has(error.code) ? queryUrlUnreachable() : error;
  }
}
