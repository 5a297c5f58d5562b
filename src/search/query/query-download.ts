import { revealsNetwork, type Downloader } from '../../downloads/index.ts';
import { queryUrlUnreachable } from '../search.errors.ts';

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
    throw revealsNetwork(error) ? queryUrlUnreachable() : error;
  }
}
