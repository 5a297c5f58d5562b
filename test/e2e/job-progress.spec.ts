import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Service } from './service.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));

interface Progress {
  readonly state: string;
  readonly stage: string | null;
  readonly progress: number;
  readonly total: number | null;
  readonly done: number;
  readonly failed: number;
}

const FIELDS = 'state stage progress total done failed';

describe('the progress of a job', () => {
  let service: Service;
  let datasetId: string;

  beforeAll(async () => {
    service = await Service.start({ IMPORT_ROOTS: samples });
  });
  afterAll(() => service.stopAndForget());

  /** What the API shows of a job until the condition holds. */
  const watched = async (id: string, until: (job: Progress) => boolean): Promise<Progress[]> => {
    const seen: Progress[] = [];
    for (;;) {
      const { job } = await service.query<{ job: Progress }>(
        `query ($id: ID!) { job(id: $id) { ${FIELDS} } }`,
        { id },
      );
      seen.push(job);
      if (until(job)) return seen;
      await sleep(50);
    }
  };
  const hasEnded = ({ state }: Progress) => state !== 'QUEUED' && state !== 'RUNNING';
  const expectForwards = (seen: readonly Progress[]) => {
    for (const [at, job] of seen.entries()) {
      const before = seen[at - 1] ?? job;
      expect(job.progress).toBeGreaterThanOrEqual(before.progress);
      expect(job.done + job.failed).toBeGreaterThanOrEqual(before.done + before.failed);
    }
    expect(seen.at(-1)).toMatchObject({ state: 'SUCCEEDED', progress: 1, total: 100, done: 100, failed: 0 });
  };

  it('never runs backwards during an import', async () => {
    const { importDataset } = await service.query<{ importDataset: { id: string; datasetId: string } }>(
      'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id datasetId } }',
      { input: { dataset: 'stamps', annotationsPath: `${samples}/annotations.json` } },
    );
    datasetId = importDataset.datasetId;
    const seen = await watched(importDataset.id, hasEnded);
    expectForwards(seen);
    expect(seen.at(-1)?.stage).toBe('IMPORTING');
  });

  const build = async (input: object = {}) => {
    const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
      'mutation ($input: BuildIndexInput!) { buildIndex(input: $input) { id } }',
      { input: { dataset: datasetId, ...input } },
    );
    return buildIndex.id;
  };

  it('never runs backwards while an index is built, and names its stages to subscribers', async () => {
    const id = await build({ model: 'efficientnet-lite0@16' });
    const seen: Progress[] = [];
    const subscription = `subscription ($id: ID!) { jobProgress(id: $id) { ${FIELDS} } }`;
    for await (const { jobProgress } of service.subscribe<{ jobProgress: Progress }>(subscription, { id })) {
      seen.push(jobProgress);
    }
    expectForwards(seen);
    expect(seen.at(-1)?.stage).toBe('CALIBRATING');
  });

  it('never runs backwards if the service is stopped during a build and started again', async () => {
    const id = await build({ model: 'fast' });
    const before = await watched(id, ({ progress }) => progress > 0);
    await service.stop();
    service = await Service.start({ IMPORT_ROOTS: samples }, service.dataDir);
    const after = await watched(id, hasEnded);
    expectForwards([...before, ...after]);
  });
});
