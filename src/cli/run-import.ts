import type { Job } from '../jobs/index.ts';
import { interrupted } from './cli.errors.ts';
import type { Apps } from './open-apps.ts';
import type { CommonOptions } from './options.ts';
import { printDownloadReport } from './print-download-report.ts';
import { runJob } from './run-job.ts';
import { describeSync } from './print-sync.ts';

/** Runs a job that imports images, as `runJob` does, and reports its downloads even if all of them failed. */
export async function runImport(apps: Apps, job: Job, options: CommonOptions): Promise<void> {
  try {
    await runJob(apps, job, options);
  } catch (error) {
    if (!interrupted.is(error)) await printSyncResult(apps, job, options);
    if (!interrupted.is(error)) await printDownloadReport(apps, job.datasetId, options);
    throw error;
  }
  await printSyncResult(apps, job, options);
  await printDownloadReport(apps, job.datasetId, options);
}

/** What a synchronisation has done; nothing for other imports. */
async function printSyncResult(apps: Apps, { id }: Job, { json }: CommonOptions): Promise<void> {
  const counts = await apps.syncs.findResult(id);
  if (counts === undefined) return;
  process.stdout.write(
    json ? `${JSON.stringify({ event: 'sync', jobId: String(id), ...counts })}\n` : describeSync(counts),
  );
}
