/**
 * Measures the recall of the servers by search effort. The steps in
 * src/search/vector-index/cluster/search/search-effort.ts are based on it.
 *
 *     npm run bench -- search --effort elasticsearch,opensearch [--gallery FILE]
 *
 * See backends.ts. The index is merged into one segment, which is the hardest case: with a graph for each of several
 * segments, a search finds more and takes longer.
 */
import { parseArgs } from 'node:util';
import { openServer, type ServerKind } from './servers.ts';
import { DEFAULTS, NAME } from './vector-index.ts';
import {
  entriesOf,
  exactSearch,
  firstWith,
  makeData,
  mean,
  quantile,
  readGallery,
  recallOf,
  table,
} from './vectors.ts';

const KS = [10, 100];
const CANDIDATES = [20, 50, 100, 150, 200, 250, 300, 500, 1_000, 2_000];
const OVERSAMPLES: Record<ServerKind, number[]> = {
  elasticsearch: [1.5, 2, 3],
  // Its graph contains the float vectors.
  opensearch: [1],
};
/** A filter that applies while the graph is walked, in contrast to no filter. */
const LABELS = [undefined, '10 %'];

const { values } = parseArgs({
  options: {
    effort: { type: 'string', default: 'elasticsearch,opensearch' },
    vectors: { type: 'string', default: '20000' },
    dimension: { type: 'string', default: `${DEFAULTS.dimension}` },
    queries: { type: 'string', default: `${DEFAULTS.queries}` },
    gallery: { type: 'string' },
  },
});
const vectors = Number(values.vectors);
const dimension = Number(values.dimension);
const queries = Number(values.queries);
const gallery = values.gallery === undefined ? undefined : readGallery(values.gallery);
const { noise, seed } = DEFAULTS;
const data = makeData({ gallery, dimension, noise, seed }, vectors + queries);
const matrix = data.matrix.subarray(0, vectors * dimension);
const queryVectors = Array.from({ length: queries }, (_, at) => data.vector(vectors + at).slice());
const rankings = queryVectors.map((vector) => exactSearch(matrix, vector, dimension, vectors, 'cos').keys);

for (const kind of values.effort.split(',') as ServerKind[]) {
  const server = await openServer(kind, 1);
  const { index, bare, dialect } = server;
  try {
    await index.drop(NAME);
    await index.create({ name: NAME, dimension, model: 'bench' });
    console.error(`${kind}: loading`);
    await index.load(NAME, entriesOf(data, vectors));
    console.error(`${kind}: merging`);
    await index.optimise(NAME);
    for (const label of LABELS) {
      const rows = [['k', 'candidates', 'oversample', 'recall@k', 'least', 'p50 ms', 'p99 ms']];
      for (const k of KS) {
        const truths = rankings.map((ranking) => firstWith(data.labels, ranking, label, k));
        for (const oversample of OVERSAMPLES[kind]) {
          for (const candidates of CANDIDATES.filter((some) => some >= k)) {
            if (k * oversample > candidates) continue;
            const times: number[] = [];
            const recalls: number[] = [];
            for (const [at, vector] of queryVectors.entries()) {
              const body = dialect.searchBody({
                vector: [...vector],
                k,
                effort: { candidates, oversample },
                filter: label === undefined ? undefined : { term: { labels: label } },
              });
              const begun = performance.now();
              const found = await bare.search(server.physical(NAME), body);
              times.push(performance.now() - begun);
              recalls.push(recallOf(found, truths[at]!));
            }
            rows.push([
              `${k}`,
              `${candidates}`,
              `${oversample}`,
              mean(recalls).toFixed(4),
              Math.min(...recalls).toFixed(2),
              quantile(times, 0.5).toFixed(1),
              quantile(times, 0.99).toFixed(1),
            ]);
          }
        }
      }
      console.log(`\n${kind}, ${label ?? 'all'}, ${vectors} vectors × ${dimension}\n\n${table(rows)}`);
    }
  } finally {
    await index.drop(NAME);
    await server.close();
  }
}
