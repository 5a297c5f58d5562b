import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom } from '../contracts/vectors.ts';
import { ClusterIndex, sharedServer } from '../fixtures/cluster-index.ts';
import type { Product } from '../fixtures/search-servers.ts';
import { sharedPath } from '../shared-data.ts';
import { complaintsOf, ended, start } from './lookalike.ts';

const gallery =
  sharedPath('data/clothing/gallery') ?? fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const KILLS = 6;

interface Documents {
  readonly hits: {
    readonly total: { readonly value: number };
    readonly hits: readonly {
      _id: string;
      _source: { external_id: string; labels: string[] };
    }[];
  };
}

describe('an index on a server whose builder is killed repeatedly', () => {
  let dataDir: string;
  let cluster: ClusterIndex;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterEach(async () => {
    await rm(dataDir, { recursive: true, force: true });
    await cluster.remove();
  });

  it.each<Product>(['elasticsearch', 'opensearch'])('holds each image once on %s', async (product) => {
    const server = await sharedServer(product);
    cluster = await ClusterIndex.make(product);
    const settings = {
      VECTOR_INDEX: product,
      [`${product.toUpperCase()}_NODE`]: server.url,
      INDEX_PREFIX: cluster.prefix,
      LABEL_ALIAS_PATTERN: 'none',
    };
    const imported = await ended(
      start(dataDir, ['import', 'directory', gallery, '--dataset', 'clothing'], settings),
    );
    expect({ code: imported.code, complaints: complaintsOf(imported) }).toEqual({ code: 0, complaints: [] });

    const random = seededRandom(20_270_305);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = start(dataDir, ['index', 'clothing'], settings);
      const end = ended(child);
      await sleep(800 + random() * 3_000);
      child.kill('SIGKILL');
      await end;
    }
    const last = await ended(start(dataDir, ['index', 'clothing'], settings));
    expect({ code: last.code, complaints: complaintsOf(last) }).toEqual({ code: 0, complaints: [] });

    const { body } = await cluster.curl<Documents>('POST', `/${cluster.prefix}.clothing/_search`, {
      size: 10_000,
      track_total_hits: true,
    });
    const { hits } = body.hits;
    expect(hits.length).toBeGreaterThanOrEqual(100);
    expect(hits).toHaveLength(body.hits.total.value);
    expect(new Set(hits.map(({ _source }) => _source.external_id)).size).toBe(hits.length);
    expect(hits.filter(({ _source }) => _source.labels.length === 0)).toEqual([]);

    // As many as the catalogue has.
    const listed = await ended(start(dataDir, ['datasets', '--json'], settings));
    const [dataset] = listed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(dataset).toMatchObject({ name: 'clothing', images: hits.length });
  });
});
