/**
 * Compares the vector indexes on the same vectors in one run, and each server with its own bare client. Bulk loads and
 * searches of both take turns, so that other load on the machine affects both equally.
 *
 *     npm run build
 *     scripts/start-elasticsearch; scripts/start-opensearch
 *     npm run bench -- search --backend embedded,elasticsearch,opensearch [--gallery FILE]
 *
 * ELASTICSEARCH_NODE and OPENSEARCH_NODE select other servers. vector-index.ts describes FILE.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { VectorIndex } from '../src/search/vector-index/vector-index.port.ts';
import {
  cpuSeconds,
  diskMB,
  openServer,
  serverMB,
  type BareClient,
  type Document,
  type ServerKind,
} from './servers.ts';
import { DEFAULTS, NAME, openIndex, sizeOf, startInFreshProcess } from './vector-index.ts';
import {
  entriesOf,
  exactSearch,
  firstWith,
  makeData,
  mean,
  quantile,
  readGallery,
  recallOf,
  seconds,
  table,
  type BenchData,
} from './vectors.ts';

const K = 10;
const LABEL = '1 %';
/** The number of vectors after which the server's Java has compiled its hot code. */
const WARM_UP = 5_000;
/** The default of INDEX_RECALL. */
const RECALL = 0.99;

type Filter = 'all' | typeof LABEL;
const FILTERS: readonly Filter[] = ['all', LABEL];

interface Series {
  readonly ours: number[];
  readonly bare: number[];
}

interface BackendReport {
  readonly backend: string;
  /** Vectors per second, one number per round. */
  readonly loads: Series;
  /** Seconds of processor time per load, of server and client together. */
  readonly loadCpu: Series;
  readonly optimiseSeconds: number;
  readonly recall: Readonly<Record<Filter, number>>;
  /** Milliseconds per search. */
  readonly searches: Readonly<Record<Filter, Series>>;
  readonly diskMB: number;
  readonly memoryMB: number | undefined;
}

interface Settings {
  readonly vectors: number;
  readonly dimension: number;
  readonly queries: number;
  readonly loadRounds: number;
  readonly searchRounds: number;
  readonly data: BenchData;
  /** The true neighbours of each query. */
  readonly truths: Readonly<Record<Filter, readonly ReadonlySet<number>[]>>;
}

type Search = (at: number) => Promise<readonly number[]>;

async function benchEmbedded(settings: Settings): Promise<BackendReport> {
  const loads: Series = { ours: [], bare: [] };
  for (let round = 1; ; round += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'lookalike-bench-'));
    const { index, close } = await openIndex(folder);
    try {
      loads.ours.push(await loadInto(index, settings));
      if (round < settings.loadRounds) continue;
      say('embedded: building the graph');
      const optimiseSeconds = await seconds(() => index.optimise(NAME));
      say('embedded: searching');
      const found = await search(settings, (filter) => ({ ours: searchOf(index, filter, settings) }));
      await close();
      const { rssMB } = startInFreshProcess(folder, settings.dimension, settings.queries);
      return {
        backend: 'embedded',
        loads,
        loadCpu: { ours: [], bare: [] },
        optimiseSeconds,
        ...found,
        diskMB:
          sizeOf(folder, (file) => file.startsWith('lookalike.db')) +
          sizeOf(join(folder, 'indexes'), () => true),
        memoryMB: rssMB,
      };
    } finally {
      await close();
      rmSync(folder, { recursive: true });
    }
  }
}

async function benchServer(kind: ServerKind, settings: Settings): Promise<BackendReport> {
  const server = await openServer(kind, RECALL);
  const { index, bare } = server;
  const ours = server.physical(NAME);
  const theirs = `${ours}-bare`;
  const removeBare = () => bare.request('DELETE', `/${theirs}?ignore_unavailable=true`);
  try {
    say(`${kind}: load, uncounted`);
    await index.drop(NAME);
    await loadInto(index, { ...settings, vectors: Math.min(settings.vectors, WARM_UP) });
    const loads: Series = { ours: [], bare: [] };
    const loadCpu: Series = { ours: [], bare: [] };
    for (let round = 0; round < settings.loadRounds; round += 1) {
      const turns = {
        ours: async () => {
          say(`${kind}: load, round ${round + 1}`);
          await index.drop(NAME);
          const before = await cpuSeconds(bare);
          loads.ours.push(await loadInto(index, settings));
          loadCpu.ours.push((await cpuSeconds(bare)) - before);
        },
        bare: async () => {
          say(`${kind}: load by the bare client, round ${round + 1}`);
          await removeBare();
          await createAlike(bare, ours, theirs);
          const before = await cpuSeconds(bare);
          const took = await seconds(() => bare.bulk(theirs, documentsOf(settings)));
          loadCpu.bare.push((await cpuSeconds(bare)) - before);
          loads.bare.push(settings.vectors / took);
          await removeBare();
        },
      };
      // The bare index is a copy of ours, so ours is created first. After that, they take turns to go first.
      if (round % 2 === 0) {
        await turns.ours();
        await turns.bare();
      } else {
        await turns.bare();
        await turns.ours();
      }
    }
    say(`${kind}: merging`);
    const optimiseSeconds = await seconds(() => index.optimise(NAME));
    say(`${kind}: searching`);
    const bodies = new Map<Filter, object[]>();
    for (const filter of FILTERS) {
      server.takeBodies();
      const one = searchOf(index, filter, settings);
      for (let at = 0; at < settings.queries; at += 1) await one(at);
      bodies.set(filter, server.takeBodies());
    }
    const found = await search(settings, (filter) => ({
      ours: searchOf(index, filter, settings),
      bare: (at) => bare.search(ours, bodies.get(filter)![at]!),
    }));
    server.takeBodies();
    return {
      backend: kind,
      loads,
      loadCpu,
      optimiseSeconds,
      ...found,
      diskMB: await diskMB(bare, ours),
      memoryMB: await serverMB(bare),
    };
  } finally {
    await removeBare();
    await index.drop(NAME);
    await server.close();
  }
}

/** Loads through the port, as the index job does. Resolves with vectors per second. */
async function loadInto(index: VectorIndex, { data, vectors, dimension }: Settings): Promise<number> {
  await index.create({ name: NAME, dimension, model: 'bench' });
  const took = await seconds(async () => {
    const rejected = await index.load(NAME, entriesOf(data, vectors));
    if (rejected.length > 0) throw new Error(`Not loaded: ${JSON.stringify(rejected[0])}`);
  });
  return vectors / took;
}

async function* documentsOf({ data, vectors }: Settings): AsyncGenerator<Document> {
  for await (const { id, vector, labels, externalId } of entriesOf(data, vectors)) {
    yield { id: String(id), source: { externalId, labels, embedding: Array.from(vector) } };
  }
}

/** Creates an index with the mapping and settings of another. */
async function createAlike(bare: BareClient, original: string, copy: string): Promise<void> {
  type Described = Record<string, { mappings: object; settings: { index: Record<string, unknown> } }>;
  const found = (await bare.request<Described>('GET', `/${original}`))[original]!;
  const { number_of_shards, number_of_replicas, refresh_interval, knn } = found.settings.index;
  await bare.request('PUT', `/${copy}`, {
    settings: { index: { number_of_shards, number_of_replicas, refresh_interval, knn } },
    mappings: found.mappings,
  });
}

function searchOf(index: VectorIndex, filter: Filter, { data, vectors }: Settings): Search {
  return async (at) => {
    const vector = data.vector(vectors + at);
    const { matches } = await index.search(NAME, {
      vector,
      k: K,
      filter: filter === 'all' ? undefined : { kind: 'labels', labels: [filter] },
    });
    return matches.map(({ id }) => id);
  };
}

function truthsOf(data: BenchData): Settings['truths'] {
  const matrix = data.matrix.subarray(0, vectors * dimension);
  const rankings = Array.from({ length: queries }, (_, at) => {
    // The scan does not accept a view of another array as a query.
    const query = data.vector(vectors + at).slice();
    return exactSearch(matrix, query, dimension, vectors, 'cos').keys;
  });
  return {
    all: rankings.map((ranking) => firstWith(data.labels, ranking, undefined, K)),
    [LABEL]: rankings.map((ranking) => firstWith(data.labels, ranking, LABEL, K)),
  };
}

/** Measures the time and recall of every kind of search. Ours and the bare one take turns. */
async function search(
  { queries, searchRounds, truths }: Settings,
  of: (filter: Filter) => { ours: Search; bare?: Search },
): Promise<Pick<BackendReport, 'recall' | 'searches'>> {
  const kinds = FILTERS.map((filter) => ({ filter, ...of(filter), recalls: [] as number[] }));
  const searches: Record<Filter, Series> = {
    all: { ours: [], bare: [] },
    [LABEL]: { ours: [], bare: [] },
  };
  // The first round is not timed.
  for (let round = 0; round <= searchRounds; round += 1) {
    for (let at = 0; at < queries; at += 1) {
      for (const { filter, ours, bare, recalls } of kinds) {
        const timed = async (one: Search, times: number[]) => {
          const begun = performance.now();
          const found = await one(at);
          if (round > 0) times.push(performance.now() - begun);
          return found;
        };
        // The second one benefits from the server's warm caches.
        const isFirst = (at + round) % 2 === 0;
        if (bare !== undefined && !isFirst) await timed(bare, searches[filter].bare);
        const found = await timed(ours, searches[filter].ours);
        if (bare !== undefined && isFirst) await timed(bare, searches[filter].bare);
        if (round === 0) recalls.push(recallOf(found, truths[filter][at]!));
      }
    }
  }
  const recall = Object.fromEntries(kinds.map(({ filter, recalls }) => [filter, mean(recalls)]));
  return { recall: recall as Record<Filter, number>, searches };
}

function format(reports: readonly BackendReport[], { vectors, dimension }: Settings): string {
  const median = (values: readonly number[]) => quantile(values, 0.5);
  const ms = (times: readonly number[], share: number) => quantile(times, share).toFixed(2);
  const overview = table([
    [
      'index',
      'load vectors/s',
      'build or merge s',
      `recall@${K}`,
      'p50 ms',
      'p99 ms',
      `recall@${K}, ${LABEL}`,
      `p50 ms, ${LABEL}`,
      `p99 ms, ${LABEL}`,
      'disk MB',
      'memory MB',
    ],
    ...reports.map(({ backend, loads, optimiseSeconds, recall, searches, ...sizes }) => [
      backend,
      median(loads.ours).toFixed(0),
      optimiseSeconds.toFixed(1),
      ...FILTERS.flatMap((filter) => [
        recall[filter].toFixed(4),
        ms(searches[filter].ours, 0.5),
        ms(searches[filter].ours, 0.99),
      ]),
      sizes.diskMB.toFixed(0),
      sizes.memoryMB?.toFixed(0) ?? 'unknown',
    ]),
  ]);
  const servers = reports.filter(({ loads }) => loads.bare.length > 0);
  const peers = table([
    [
      'against the bare client',
      'its load vectors/s',
      'load ÷ its load',
      'by round',
      'its processor time ÷ ours',
      'its p50 ms',
      'p50 − its p50, ms',
      `its p50 ms, ${LABEL}`,
      `p50 − its p50, ms, ${LABEL}`,
    ],
    ...servers.map(({ backend, loads, loadCpu, searches }) => {
      const ratios = loads.ours.map((rate, round) => rate / loads.bare[round]!);
      return [
        backend,
        median(loads.bare).toFixed(0),
        median(ratios).toFixed(3),
        ratios.map((ratio) => ratio.toFixed(3)).join(' '),
        (median(loadCpu.bare) / median(loadCpu.ours)).toFixed(3),
        ...FILTERS.flatMap((filter) => {
          const { ours, bare } = searches[filter];
          return [ms(bare, 0.5), (median(ours) - median(bare)).toFixed(2)];
        }),
      ];
    }),
  ]);
  const title = `${vectors} vectors × ${dimension}`;
  return [title, overview, ...(servers.length > 0 ? [peers] : [])].join('\n\n');
}

function say(step: string): void {
  console.error(step);
}

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'embedded,elasticsearch,opensearch' },
    vectors: { type: 'string', default: '20000' },
    dimension: { type: 'string', default: `${DEFAULTS.dimension}` },
    queries: { type: 'string', default: `${DEFAULTS.queries}` },
    'load-rounds': { type: 'string', default: '3' },
    'search-rounds': { type: 'string', default: '4' },
    gallery: { type: 'string' },
  },
});
const vectors = Number(values.vectors);
const dimension = Number(values.dimension);
const queries = Number(values.queries);
const gallery = values.gallery === undefined ? undefined : readGallery(values.gallery);
const backends = values.backend.split(',');
const unknown = backends.find((name) => !['embedded', 'elasticsearch', 'opensearch'].includes(name));
if (unknown !== undefined) {
  console.error(`There is no backend ${unknown}. There are: embedded, elasticsearch, opensearch.`);
  process.exit(2);
}
say(`making ${vectors} vectors`);
const { noise, seed } = DEFAULTS;
const data = makeData({ gallery, dimension, noise, seed }, vectors + queries);
const settings: Settings = {
  vectors,
  dimension,
  queries,
  loadRounds: Number(values['load-rounds']),
  searchRounds: Number(values['search-rounds']),
  data,
  truths: truthsOf(data),
};
const reports: BackendReport[] = [];
for (const backend of backends) {
  reports.push(
    await (backend === 'embedded' ? benchEmbedded(settings) : benchServer(backend as ServerKind, settings)),
  );
  console.log(`\n${format(reports, settings)}`);
}
