import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLabels } from '../../src/filters/index.ts';
import type { VectorEntry } from '../../src/search/vector-index/vector-index.port.ts';
import { clusteredVectors, seededRandom } from '../contracts/vectors.ts';
import { ClusterIndex } from '../fixtures/cluster-index.ts';
import { startElasticsearch, type SearchServer } from '../fixtures/search-servers.ts';

const NAME = 'clothing';
const PORT = 9240;
const vectors = clusteredVectors(2_000, 32, 20, seededRandom(31));
const entryOf = (id: number): VectorEntry => ({
  id,
  vector: vectors[id - 1]!,
  labels: [`label ${id % 5}`],
  externalId: `image-${id}`,
});

describe('three nodes of Elasticsearch, one of which is killed', () => {
  let server: SearchServer;
  let cluster: ClusterIndex;

  beforeAll(async () => {
    server = await startElasticsearch({ port: PORT, nodes: 3 });
    cluster = await ClusterIndex.make('elasticsearch', { server, shards: 3, timeoutMs: 30_000 });
  });
  afterAll(async () => {
    await cluster?.index.close();
    await server?.stop();
  });

  it('answers every search, accepts every write, and loses none', async () => {
    const { index } = cluster;
    await index.create({ name: NAME, dimension: 32, model: 'a-model', dataset: 'clothing' });
    async function* first() {
      for (let id = 1; id <= 1_000; id += 1) yield entryOf(id);
    }
    expect(await index.load(NAME, first())).toEqual([]);
    await index.optimise(NAME);
    await index.publish(NAME);
    // Replicas are created once it is loaded.
    const health = await cluster.curl(
      'GET',
      `/_cluster/health/${cluster.physical(NAME)}?wait_for_status=green&timeout=60s`,
    );
    expect(health.body).toMatchObject({ status: 'green', active_shards: 6 });

    const failures: unknown[] = [];
    let searches = 0;
    let written = 1_000;
    let goesOn = true;
    const searching = (async () => {
      while (goesOn) {
        const vector = vectors[searches % 1_000]!;
        const filter = searches % 2 === 0 ? undefined : withLabels([`label ${searches % 5}`]);
        await index.search(NAME, { vector, k: 10, filter }).then(
          ({ matches }) => matches.length === 10 || failures.push(matches),
          (error: unknown) => failures.push(error),
        );
        searches += 1;
      }
    })();
    const writing = (async () => {
      while (goesOn && written < 2_000) {
        const batch = Array.from({ length: 5 }, (_, at) => entryOf(written + at + 1));
        await index.upsert(NAME, batch).then(
          () => (written += 5),
          (error: unknown) => failures.push(error),
        );
        await sleep(20);
      }
    })();
    await sleep(1_000);
    // `cluster.curl` uses the first one.
    process.kill(server.pids()[1]!, 'SIGKILL');
    const left = await cluster.curl('GET', '/_cluster/health?wait_for_nodes=2&timeout=60s');
    expect(left.body).toMatchObject({ number_of_nodes: 2, timed_out: false });
    const [searchesByThen, writtenByThen] = [searches, written];
    while (searches < searchesByThen + 20 || written < Math.min(2_000, writtenByThen + 100)) {
      await sleep(50);
    }
    goesOn = false;
    await Promise.all([searching, writing]);

    expect(failures).toEqual([]);
    expect(await index.count(NAME)).toBe(written);
    const ids = Array.from({ length: written }, (_, at) => at + 1);
    expect((await index.vectors(NAME, ids)).size).toBe(written);
  });
});
