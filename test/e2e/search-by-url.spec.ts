import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HostileServer } from '../fixtures/hostile-server.ts';
import { Service } from './service.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const SEARCH =
  'query ($url: String!) { similarImages(by: { url: $url }, first: 3) { nodes { rank score } } }';

describe('a search by the address of a picture', () => {
  let internet: HostileServer;
  let service: Service;

  beforeAll(async () => {
    internet = new HostileServer();
    await internet.start();
    service = await Service.start({
      IMPORT_ROOTS: samples,
      DOWNLOAD_ALLOW_LOOPBACK: 'true',
      DOWNLOAD_PORTS: String(internet.port),
    });
    const { importDataset } = await service.query<{ importDataset: { id: string; datasetId: string } }>(
      'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id datasetId } }',
      { input: { dataset: 'fruit', annotationsPath: join(samples, 'annotations.json'), labelIds: ['1'] } },
    );
    await service.job(importDataset.id);
    const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
      'mutation ($id: ID!) { buildIndex(input: { dataset: $id }) { id } }',
      { id: importDataset.datasetId },
    );
    await service.job(buildIndex.id);
  });
  afterAll(async () => {
    await service.stopAndForget();
    await internet.close();
  });

  it('finds what looks like the picture there', async () => {
    const { similarImages } = await service.query<{ similarImages: { nodes: unknown[] } }>(SEARCH, {
      url: internet.url('/good/1.jpg'),
    });
    expect(similarImages.nodes).toHaveLength(3);
  });

  it('gives the vector of the picture there', async () => {
    const { embedding } = await service.query<{ embedding: { vector: number[] } }>(
      'query ($url: String!) { embedding(by: { url: $url }) { vector } }',
      { url: internet.url('/good/1.jpg') },
    );
    expect(embedding.vector).toHaveLength(1280);
  });

  it.each([
    ['an address that is not public', () => 'http://10.0.0.1/a.jpg', 'URL_'],
    ['a file of the server', () => 'file:///etc/passwd', 'URL_SCHEME'],
    ['a redirect to such an address', () => internet.url('/redirect-to?url=http://10.0.0.1/'), 'URL_'],
    ['a web page', () => internet.url('/html'), 'DOWNLOAD_IS_HTML'],
    ['something that is no picture', () => internet.url('/text'), 'UNSUPPORTED_MEDIA_TYPE'],
    ['a picture that is gone', () => internet.url('/status/404'), 'DOWNLOAD_HTTP_STATUS'],
  ])('refuses %s', async (_what, url, code) => {
    const { status, errors } = await service.graphql(SEARCH, { url: url() });
    expect(errors?.[0]?.extensions.code).toMatch(code);
    expect([400, 415]).toContain(status);
  });
});
