import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClusterIndex, sharedServer } from '../fixtures/cluster-index.ts';
import type { Product } from '../fixtures/search-servers.ts';
import { ended, start } from './lookalike.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const PICTURE = join(samples, 'queries', 'fruit-avocado.jpg');
const LABEL = '4';

/** The official clients, and what their users write to find the ten nearest images of an index named by its label. */
const CLIENTS: Record<Product, { readonly requirement: string; readonly program: string }> = {
  elasticsearch: {
    requirement: 'elasticsearch==8.19.3',
    program: `
import json, sys
from elasticsearch import Elasticsearch
vector = json.load(sys.stdin)["vector"]
knn = {"field": "embedding", "query_vector": vector, "k": 10, "num_candidates": 100}
found = Elasticsearch(sys.argv[1]).search(index="${LABEL}", knn=knn)
print(json.dumps(found["hits"]["hits"]))
`,
  },
  opensearch: {
    requirement: 'opensearch-py==3.2.0',
    program: `
import json, sys
from opensearchpy import OpenSearch
vector = json.load(sys.stdin)["vector"]
query = {"knn": {"embedding": {"vector": vector, "k": 10}}}
found = OpenSearch(sys.argv[1]).search(index="${LABEL}", body={"size": 10, "query": query})
print(json.dumps(found["hits"]["hits"]))
`,
  },
};

interface Hit {
  readonly _id: string;
  readonly _score: number;
  readonly _source: Readonly<Record<string, unknown>>;
}

const python = ['python3', 'python'].find((name) => spawnSync(name, ['-m', 'venv', '--help']).status === 0);
// eslint-disable-next-line no-console -- a skipped test must not go unnoticed
if (python === undefined) console.warn('The recipe was NOT tested: there is no Python with the module venv.');

(python === undefined ? describe.skip : describe).each<Product>(['elasticsearch', 'opensearch'])(
  'an index named by its label, searched with the official Python client of %s',
  (product) => {
    const { requirement, program } = CLIENTS[product];
    let directory: string;
    let cluster: ClusterIndex;
    let url: string;
    let settings: Record<string, string>;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'lookalike-'));
      cluster = await ClusterIndex.make(product);
      ({ url } = await sharedServer(product));
      settings = {
        VECTOR_INDEX: product,
        [`${product.toUpperCase()}_NODE`]: url,
        INDEX_PREFIX: cluster.prefix,
        LABEL_ALIAS_PATTERN: '{label}',
        LABEL_INDEXES: 'true',
      };
      const run = promisify(execFile);
      await run(python!, ['-m', 'venv', join(directory, 'venv')]);
      await run(interpreter(), [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        requirement,
      ]);
    });
    afterAll(async () => {
      await cluster?.remove();
      await rm(directory, { recursive: true, force: true });
    });

    function interpreter(): string {
      const [unix, windows] = [
        join(directory, 'venv/bin/python'),
        join(directory, 'venv/Scripts/python.exe'),
      ];
      return existsSync(unix) ? unix : windows;
    }

    async function lookalike(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await ended(start(join(directory, 'data'), args, settings));
      expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
      return stdout;
    }

    it('finds ten images of the label, with their names and without their vectors', async () => {
      await lookalike('import', 'imaterialist', join(samples, 'annotations.json'), '--dataset', 'stamps');
      await lookalike('index', 'stamps');
      const embedded = await lookalike('embed', PICTURE, '--dataset', 'stamps', '--json');

      const { stdout, status, stderr } = spawnSync(interpreter(), ['-c', program, url], {
        input: embedded,
        encoding: 'utf8',
      });
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
      const hits = JSON.parse(stdout) as Hit[];
      expect(hits).toHaveLength(10);
      for (const { _source } of hits) {
        expect(_source).toMatchObject({
          labels: [LABEL],
          image_name: expect.stringMatching(/./) as unknown,
          external_id: expect.stringMatching(/^\d+$/) as unknown,
        });
        expect(_source).not.toHaveProperty('embedding');
      }
      const scores = hits.map(({ _score }) => _score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));

      // The same images as the service itself finds.
      const searched = await lookalike('search', 'stamps', PICTURE, '-k', '10', '--label', LABEL, '--json');
      const own = searched
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { externalId: string }).externalId);
      expect(hits.map(({ _source }) => _source.external_id).sort()).toEqual(own.sort());
    });
  },
);
