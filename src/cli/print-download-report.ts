import type { Apps } from './open-apps.ts';

/**
 * Prints how the URLs of a dataset ended, by reason and host; nothing if there are none, or
 * if the dataset is gone, as it is after an import that could not even begin.
 */
export async function printDownloadReport(
  { downloads }: Apps,
  datasetId: number,
  options: { readonly json?: boolean; readonly failed?: boolean },
): Promise<void> {
  for (const { host, state, code, urls, bytes } of (await downloads.findReport(datasetId)) ?? []) {
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
