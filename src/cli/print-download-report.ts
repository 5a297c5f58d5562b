import type { INestApplicationContext } from '@nestjs/common';
import { DownloadsService } from '../datasets/index.ts';

/** Prints how the URLs of a dataset ended, by reason and host; nothing where there are none. */
export async function printDownloadReport(
  app: INestApplicationContext,
  datasetId: number,
  options: { readonly json?: boolean; readonly failed?: boolean },
): Promise<void> {
  for (const { host, state, code, urls, bytes } of await app.get(DownloadsService).report(datasetId)) {
    if (options.failed && state !== 'FAILED') continue;
    if (options.json) {
      process.stdout.write(
        `${JSON.stringify({ event: 'downloads', host, state, reason: code, urls, bytes })}\n`,
      );
    } else {
      process.stdout.write(`${String(urls).padStart(8)}  ${(code ?? state).padEnd(32)} ${host}\n`);
    }
  }
}
