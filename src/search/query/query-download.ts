import { revealsNetwork, type Downloader } from '../../downloads/index.ts';
import { queryUrlUnreachable } from '../search.errors.ts';

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
    throw revealsNetwork(error) ? queryUrlUnreachable() : error;
  }
}
