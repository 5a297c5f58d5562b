import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HostileServer } from '../fixtures/hostile-server.ts';
import { Service } from './service.ts';

const REPORT = 'downloadReport { host state reason urls }';
const IMPORT = 'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id datasetId } }';

interface Reported {
  readonly state: string;
  readonly downloadReport: { host: string; state: string; reason: string | null; urls: number }[] | null;
}

describe('the report of downloads in a job', () => {
  let internet: HostileServer;
  let service: Service;
  let job: { id: string; datasetId: string };

  const reportOf = async (id: string) => {
    const query = `query ($id: ID!) { job(id: $id) { state ${REPORT} } }`;
    return (await service.query<{ job: Reported }>(query, { id })).job.downloadReport;
  };

  beforeAll(async () => {
    internet = new HostileServer();
    await internet.start();
    service = await Service.start({
      DOWNLOAD_ALLOW_LOOPBACK: 'true',
      DOWNLOAD_PORTS: String(internet.port),
    });
    const urls = [
      ...[1, 2, 3].map((id) => internet.url(`/slow/600/${id}.jpg`, 'one.localhost')),
      internet.url('/status/404', 'one.localhost'),
      internet.url('/html', 'two.localhost'),
    ];
    const images = urls.map((url, id) => ({ id, url, class: 1 }));
    const bytes = Buffer.from(JSON.stringify({ images }));
    const { importDataset } = await service.query<{ importDataset: typeof job }>(
      IMPORT,
      { input: { dataset: 'shop', annotations: null } },
      { 'variables.input.annotations': { name: 'annotations.json', bytes, type: 'application/json' } },
    );
    job = importDataset;
  });
  afterAll(async () => {
    await service.stopAndForget();
    await internet.close();
  });

  it('comes when the import has ended', async () => {
    const seen: Reported[] = [];
    const subscription = `subscription ($id: ID!) { jobProgress(id: $id) { state ${REPORT} } }`;
    for await (const event of service.subscribe<{ jobProgress: Reported }>(subscription, { id: job.id })) {
      seen.push(event.jobProgress);
    }
    const last = seen.pop();
    expect(last?.state).toBe('SUCCEEDED');
    expect(seen.map(({ downloadReport }) => downloadReport)).toEqual(seen.map(() => null));
    expect(last?.downloadReport).toEqual(await reportOf(job.id));
    expect(new Set(last?.downloadReport)).toEqual(
      new Set([
        { host: 'one.localhost', state: 'SUCCEEDED', reason: null, urls: 3 },
        { host: 'one.localhost', state: 'FAILED', reason: 'DOWNLOAD_HTTP_STATUS', urls: 1 },
        { host: 'two.localhost', state: 'FAILED', reason: 'DOWNLOAD_IS_HTML', urls: 1 },
      ]),
    );
  });

  it('is null for other kinds of job, and once the dataset is gone', async () => {
    const { deleteDataset } = await service.query<{ deleteDataset: { id: string } }>(
      'mutation ($id: ID!) { deleteDataset(dataset: $id) { id } }',
      { id: job.datasetId },
    );
    await service.job(deleteDataset.id);
    expect(await reportOf(deleteDataset.id)).toBeNull();
    expect(await reportOf(job.id)).toBeNull();
  });
});
