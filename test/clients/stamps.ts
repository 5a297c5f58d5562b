import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';
import { Service } from '../e2e/service.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));

/** Those that tests have started, also if the hook that waits for one has timed out. */
const started: Promise<Service>[] = [];

afterAll(async () => {
  const outcomes = await Promise.allSettled(started.splice(0));
  for (const outcome of outcomes) if (outcome.status === 'fulfilled') await outcome.value.stopAndForget();
});

/**
 * A service with the first `limit` sample pictures, indexed, for the tests of clients. It is stopped at the end of the
 * spec, after the spec's own hooks.
 */
export async function serveStamps(limit = 30): Promise<{ service: Service; datasetId: string }> {
  const starting = Service.start({ IMPORT_ROOTS: samples });
  started.push(starting);
  const service = await starting;
  const { importDataset } = await service.query<{ importDataset: { id: string; datasetId: string } }>(
    `mutation ($path: String!, $limit: Int!) {
      importDataset(input: { dataset: "stamps", annotationsPath: $path, limit: $limit }) { id datasetId }
    }`,
    { path: `${samples}/annotations.json`, limit },
  );
  await succeeded(service, importDataset.id);
  const { datasetId } = importDataset;
  const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
    'mutation ($id: ID!) { buildIndex(input: { dataset: $id }) { id } }',
    { id: datasetId },
  );
  await succeeded(service, buildIndex.id);
  return { service, datasetId };
}

/** The path of a file of the samples, such as `queries/fruit-avocado.jpg`. */
export function samplePath(path: string): string {
  return `${samples}/${path}`;
}

/** A file of the samples. */
export function sampleFile(path: string): Promise<Buffer> {
  return readFile(samplePath(path));
}

async function succeeded(service: Service, jobId: string): Promise<void> {
  const { state, error } = await service.job(jobId);
  if (state !== 'SUCCEEDED') throw new Error(`A job ended as ${state}: ${error?.message}`);
}
