import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Service } from '../e2e/service.ts';
import { ClusterIndex, sharedServer } from '../fixtures/cluster-index.ts';
import { makeFormer } from '../fixtures/former-index.ts';
import type { Product } from '../fixtures/search-servers.ts';
import { ended, start, type Ended } from './lookalike.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const KIWI = join(samples, 'images', 'fruit-kiwi.jpg');

type Settings = Record<string, string>;
interface Documents {
  readonly hits: { readonly hits: readonly { _id: string; fields: { embedding: number[] } }[] };
}
interface Record_ {
  readonly name: string;
  readonly installation: string;
}

describe.each<Product>(['elasticsearch', 'opensearch'])('two data folders on one %s', (product) => {
  let folder: string;
  /** Not searched: it provides a unique prefix and removes the indexes at the end. */
  let cluster: ClusterIndex;
  let settings: Settings;
  const first = () => join(folder, 'first');
  const second = () => join(folder, 'second');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    const server = await sharedServer(product);
    cluster = await ClusterIndex.make(product);
    settings = {
      VECTOR_INDEX: product,
      [`${product.toUpperCase()}_NODE`]: server.url,
      INDEX_PREFIX: cluster.prefix,
      EMBEDDING_MODEL: 'efficientnet-lite0:int8',
    };
  });
  afterEach(async () => {
    await cluster.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const lookalike = (dataDir: string, args: readonly string[], more: Settings = {}): Promise<Ended> =>
    ended(start(dataDir, args, { ...settings, ...more }));

  async function succeeds(dataDir: string, args: readonly string[], more?: Settings): Promise<string> {
    const { code, stdout, stderr } = await lookalike(dataDir, args, more);
    expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout;
  }

  const importStamps = (dataDir: string) =>
    succeeds(dataDir, ['import', 'directory', join(folder, 'stamps'), '--dataset', 'stamps']);

  /** A folder with one label that contains some of the sample pictures. */
  async function makeCatalogue(name: string, pick: (at: number) => boolean): Promise<string> {
    const label = join(folder, name, 'label');
    await mkdir(label, { recursive: true });
    const pictures = (await readdir(join(samples, 'images'))).sort().filter((_, at) => pick(at));
    // The same names, so that the two catalogues differ only in their pictures.
    for (const [at, picture] of pictures.entries()) {
      await copyFile(join(samples, 'images', picture), join(label, `${String(at).padStart(3, '0')}.jpg`));
    }
    return join(folder, name);
  }

  async function record(): Promise<Record_ & { physical: string }> {
    const { body } = await cluster.curl<Record<string, { mappings: { _meta: { lookalike: Record_ } } }>>(
      'GET',
      `/${cluster.prefix}.stamps/_mapping`,
    );
    expect(Object.keys(body)).toHaveLength(1);
    const [[physical, { mappings }]] = Object.entries(body) as [[string, (typeof body)[string]]];
    return { ...mappings._meta.lookalike, physical };
  }

  async function documents(): Promise<Map<string, number[]>> {
    const { body } = await cluster.curl<Documents>('POST', `/${cluster.prefix}.stamps/_search`, {
      size: 1_000,
      [product === 'elasticsearch' ? 'docvalue_fields' : 'stored_fields']: ['embedding'],
      _source: false,
    });
    return new Map(body.hits.hits.map(({ _id, fields }) => [_id, fields.embedding]));
  }

  async function hits(dataDir: string, more?: Settings): Promise<{ externalId: string; score: number }[]> {
    const stdout = await succeeds(dataDir, ['search', 'stamps', KIWI, '-k', '3', '--json'], more);
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { externalId: string; score: number });
  }

  const refusedBy = (installation: string) =>
    expect.stringMatching(new RegExp(`VECTOR_INDEX_FOREIGN.*installation ${installation}`)) as unknown;

  it('with the same pictures: what one deletes, the other keeps', async () => {
    await makeCatalogue('stamps', () => true);
    await importStamps(first());
    await importStamps(second());
    await succeeds(first(), ['index', 'stamps']);
    const before = await hits(first());
    const { installation } = await record();

    expect(await lookalike(second(), ['index', 'stamps'])).toMatchObject({
      code: 1,
      stderr: refusedBy(installation),
    });
    const service = await Service.start(settings, second());
    try {
      const { deleteImages } = await service.query<{ deleteImages: { results: unknown[] } }>(
        'mutation { deleteImages(images: [{ id: "1" }]) { results { ... on DeletedImage { id } } } }',
      );
      expect(deleteImages.results).toEqual([{ id: 'Image:1' }]);
    } finally {
      await service.stopAndForget();
    }
    expect((await documents()).size).toBe(100);
    expect((await documents()).has('1')).toBe(true);
    expect(await hits(first())).toEqual(before);
  });

  it('with other pictures under the same names: neither overwrites the other', async () => {
    await makeCatalogue('stamps', (at) => at % 2 === 0);
    await importStamps(first());
    await succeeds(first(), ['index', 'stamps']);
    const before = await documents();
    const { installation } = await record();

    const other = await makeCatalogue('other', (at) => at % 2 === 1);
    await succeeds(second(), ['import', 'directory', other, '--dataset', 'stamps']);
    for (const args of [
      ['index', 'stamps'],
      ['index', 'stamps', '--rebuild'],
    ]) {
      expect(await lookalike(second(), args)).toMatchObject({ code: 1, stderr: refusedBy(installation) });
    }
    expect(await documents()).toEqual(before);

    // With its own prefix, the second works like the first.
    const apart = { INDEX_PREFIX: `${cluster.prefix}-2` };
    await succeeds(second(), ['index', 'stamps'], apart);
    const [ours, theirs] = [await hits(first()), await hits(second(), apart)];
    expect([ours[0]?.score, theirs[0]?.score].filter((score) => score! > 0.9999)).toHaveLength(1);
    const labels = await cluster.curl('GET', `/${apart.INDEX_PREFIX}.stamps.label/_count`);
    expect(labels.body).toMatchObject({ count: 50 });
    expect(await documents()).toEqual(before);
  });

  it('after an upgrade: a shared index belongs to the one whose pictures it contains', async () => {
    await makeCatalogue('stamps', (at) => at % 2 === 0);
    await importStamps(first());
    await succeeds(first(), ['index', 'stamps']);
    const before = await hits(first());
    const { name, physical } = await record();

    // The second has built an index of the same name before installations had ids.
    const other = await makeCatalogue('other', (at) => at % 2 === 1);
    await succeeds(second(), ['import', 'directory', other, '--dataset', 'stamps']);
    await succeeds(second(), ['index', 'stamps'], { VECTOR_INDEX: 'embedded' });
    await makeFormer({ prefix: cluster.prefix, physical: () => physical, curl: cluster.curl }, name);

    const refused = { code: 1, stderr: expect.stringContaining('VECTOR_INDEX_FOREIGN') as unknown };
    expect(await lookalike(second(), ['search', 'stamps', KIWI])).toMatchObject(refused);
    expect(await lookalike(second(), ['index', 'stamps'])).toMatchObject(refused);
    expect((await record()).installation).toBeUndefined();

    expect(await hits(first())).toEqual(before);
    const adopted = await record();
    expect(adopted).toMatchObject({ name, installation: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown });
    await succeeds(first(), ['index', 'stamps', '--rebuild']);
    expect(await hits(first())).toEqual(before);
    expect(await lookalike(second(), ['search', 'stamps', KIWI])).toMatchObject({
      code: 1,
      stderr: refusedBy(adopted.installation),
    });

    const service = await Service.start(settings, second());
    try {
      const ready = await fetch(`${service.url}/health/ready`);
      expect([ready.status, await ready.json()]).toMatchObject([
        503,
        { dependencies: { 'vector index': expect.stringContaining(adopted.installation) as unknown } },
      ]);
    } finally {
      await service.stopAndForget();
    }
  });
});
