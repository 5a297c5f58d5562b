import { readdir } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { DatasetNotFoundError, fromPath, LookalikeClient, StageNotFoundError } from '@lookalike/client';
import type { Service } from '../../e2e/service.ts';
import { sampleFile, samplePath, serveStamps } from '../stamps.ts';

describe('the catalogue with @lookalike/client', () => {
  let service: Service;
  let client: LookalikeClient;

  beforeAll(async () => {
    ({ service } = await serveStamps());
    client = new LookalikeClient({ url: `${service.url}/graphql` });
  });

  it('puts, updates and deletes images, and searches see each change', async () => {
    const upload = fromPath(samplePath('queries/fruit-avocado.jpg'));
    const put = () =>
      client.putImages('stamps', [
        { externalId: 'avocado', upload, labels: ['fruit'], attributes: [{ name: 'price', value: 4.5 }] },
        { externalId: 'text', upload: new TextEncoder().encode('not a picture') },
      ]);
    const [created, rejected] = await put();
    expect(created).toMatchObject({ __typename: 'EditedImage', edit: 'CREATED', searchable: true });
    expect(rejected).toMatchObject({ __typename: 'ImageRejection', code: 'UNSUPPORTED_MEDIA_TYPE' });
    expect((await put())[0]).toMatchObject({ edit: 'UNCHANGED' });
    const { nodes } = await client.search({ by: { upload }, first: 1 });
    expect(nodes[0]).toMatchObject({ score: expect.closeTo(1, 3), image: { externalId: 'avocado' } });

    const ref = { dataset: 'stamps', externalId: 'avocado' };
    const [updated] = await client.updateImages([{ image: ref, attributes: [{ name: 'price', value: 5 }] }]);
    expect(updated).toMatchObject({ edit: 'UPDATED' });
    const image = await client.image(ref);
    expect(image?.attributes).toEqual([{ name: 'price', type: 'NUMBER', value: 5 }]);

    const [deleted] = await client.deleteImages([ref]);
    expect(deleted).toEqual({ __typename: 'DeletedImage', id: image?.id, externalId: 'avocado' });
    expect(await client.image(ref)).toBeNull();
  });

  it('sends one file to several places of the variables', async () => {
    const upload = new Blob([new Uint8Array(await sampleFile('queries/house-igloo.jpg'))]);
    const results = await client.putImages('stamps', [
      { externalId: 'igloo-1', upload },
      { externalId: 'igloo-2', upload },
    ]);
    expect(results.map((result) => result.__typename)).toEqual(['EditedImage', 'EditedImage']);
    await client.deleteImages(
      ['igloo-1', 'igloo-2'].map((externalId) => ({ dataset: 'stamps', externalId })),
    );
  });

  it('lists images page by page', async () => {
    const all = await client.images('stamps').toArray();
    const inSmallPages = await client.images('stamps', { first: 8 }).toArray();
    expect(all).toHaveLength(30);
    expect(inSmallPages).toEqual(all);
    const { totalCount } = await client.images('stamps', { filter: { labels: ['fruit'] } }).first();
    expect(totalCount).toBeLessThan(30);
  });

  it('creates, lists, describes and deletes datasets', async () => {
    await client.createDataset('shoes');
    expect((await client.datasets().toArray()).map(({ name }) => name)).toEqual(['stamps', 'shoes']);
    const stamps = await client.dataset('stamps');
    expect(stamps).toMatchObject({ imageCount: 30, index: { state: 'READY', indexed: 30 } });
    await client.finished(await client.deleteDataset('shoes'));
    expect(await client.dataset('shoes')).toBeNull();
    await expect(client.images('shoes').toArray()).rejects.toThrow(DatasetNotFoundError);
  });

  it('lists and finds labels', async () => {
    const all = await client.labels('stamps').toArray();
    expect(all[0]).toEqual({
      key: expect.any(String),
      name: expect.any(String),
      imageCount: expect.any(Number),
    });
    expect(await client.labels('stamps', { first: 2 }).toArray()).toEqual(all);
    const { nodes, totalCount } = await client.labels('stamps', { contains: 'fruit' }).first();
    expect(nodes).toEqual([expect.objectContaining({ name: 'fruit' })]);
    expect(totalCount).toBe(1);
    const counts = await client.labels('stamps', { orderBy: 'IMAGE_COUNT' }).toArray();
    expect(counts.map(({ imageCount }) => imageCount)).toEqual(
      all.map(({ imageCount }) => imageCount).sort((a, b) => b - a),
    );
    await expect(client.labels('boats').toArray()).rejects.toThrow(DatasetNotFoundError);
  });

  it('finds duplicates, and remembers what was decided about them', async () => {
    const [first] = await client.images('stamps').toArray(1);
    const response = await fetch(client.addressOf(first!.url));
    await client.putImages('stamps', [{ externalId: 'copy', upload: await response.blob() }]);
    const groups = await client.duplicates('stamps', { exact: true }).toArray();
    expect(groups).toHaveLength(1);
    const images = groups[0]!.images.nodes.map(({ image }) => image);
    expect(images.map(({ externalId }) => externalId)).toEqual([first?.externalId, 'copy']);

    const refs = images.map(({ id }) => ({ id }));
    expect(await client.decideDuplicates(refs, 'KEEP_ALL')).toBe(1);
    expect(await client.duplicates('stamps', { exact: true }).toArray()).toEqual([]);
    const [pair] = await client.decidedDuplicates('stamps').toArray();
    expect(pair).toMatchObject({ decision: 'KEEP_ALL', image: refs[0], other: refs[1] });
    expect(await client.undecideDuplicates(refs)).toBe(1);
    expect(await client.duplicates('stamps', { exact: true }).toArray()).toHaveLength(1);
    await client.deleteImages([{ dataset: 'stamps', externalId: 'copy' }]);
  });

  it('imports a folder that is sent file by file', async () => {
    const names = await readdir(samplePath('images'));
    async function* files() {
      for (const name of names.slice(0, 60)) {
        const [label] = name.split('-');
        yield { path: `${label}/${name}`, upload: fromPath(samplePath(`images/${name}`)) };
      }
    }
    const { id } = await client.createStage();
    await client.stageFiles(id, files());
    const job = await client.finished(await client.importDataset({ dataset: 'folder', stage: id }));
    expect(job).toMatchObject({ done: 60, failed: 0 });
    const labels = new Set(names.slice(0, 60).map((name) => name.split('-')[0]));
    expect((await client.labels('folder').toArray()).map(({ key }) => key)).toEqual([...labels].sort());

    const unused = await client.createStage();
    await client.discardStage(unused.id);
    await expect(client.stageFiles(unused.id, files())).rejects.toThrow(StageNotFoundError);
  });

  it('previews and runs an import of uploaded annotations', async () => {
    const input = {
      dataset: 'more-stamps',
      annotations: fromPath(samplePath('annotations.json')),
      imagesRoot: samplePath(''),
      limit: 5,
    };
    expect(await client.previewImport(input)).toMatchObject({ images: 5, existing: 0 });
    const job = await client.finished(await client.importDataset(input));
    expect(job).toMatchObject({ kind: 'IMPORT_DATASET', state: 'SUCCEEDED', done: 5, failed: 0 });
    expect(await client.previewImport(input)).toMatchObject({ images: 5, existing: 5 });
  });
});
