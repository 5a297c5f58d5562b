import './typescript.ts';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { seededRandom } from '../src/common/seeded-random.ts';
import { lookalike, serve } from './lookalike.ts';

// Measures what HTTP and GraphQL add to a search: requests per second of `similarImages` by the id of an image,
// compared with those of `{ __typename }` and with the same vector search without HTTP, all in one run.
//
//     npm run bench -- http [IMAGES] [SECONDS]     3,409 generated pictures; 3 s per measurement and round

const { default: sharp } = await import('sharp');
const { Database } = await import('../src/database/database.ts');
const { EmbeddedVectorIndex } = await import('../src/search/vector-index/embedded/embedded.vector-index.ts');

const IMAGES = Number(process.argv[2] ?? 3_409);
const SECONDS = Number(process.argv[3] ?? 3);
const LABELS = 20;
const ROUNDS = 3;
const CONNECTIONS = [1, 8, 32];
const K = 10;

const QUERIES = {
  '{ __typename }': '{ __typename }',
  'ids and scores': `query ($id: ID!) { similarImages(by: { image: { id: $id } }, first: ${K}) { nodes { score image { id } } } }`,
  'labels, names, URLs': `query ($id: ID!) {
    similarImages(by: { image: { id: $id } }, first: ${K}) {
      nodes { rank score image { id externalId url thumbnailUrl labels { key name } } }
    }
  }`,
};
type Subject = keyof typeof QUERIES;

const folder = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
await writePictures(join(folder, 'pictures'));
const dataDir = join(folder, 'data');
lookalike(dataDir, 'import', 'directory', join(folder, 'pictures'), '--dataset', 'bench');
lookalike(dataDir, 'index', 'bench');

const { url, process: server } = await serve(dataDir);
const ids = await imageIds();
// As in a service that has run for a while, each image has been searched with before.
await searchWithAll();

const table: Record<string, Record<string, string>> = {};
for (const connections of CONNECTIONS) {
  const results: Record<Subject, { rate: number; p50: number }[]> = {
    '{ __typename }': [],
    'ids and scores': [],
    'labels, names, URLs': [],
  };
  // They take turns, so that other load on the machine affects all of them.
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const subject of Object.keys(QUERIES) as Subject[]) {
      results[subject].push(await measure(subject, connections, SECONDS));
    }
  }
  const bare = results['{ __typename }'];
  for (const [subject, measured] of Object.entries(results)) {
    const rate = median(measured.map((each) => each.rate));
    table[`${subject}, ${connections}`] = {
      'requests/s': rate.toFixed(0),
      'p50, ms': median(measured.map((each) => each.p50)).toFixed(2),
      // By round, since the machine may be faster in one than in another.
      ratio: median(measured.map((each, round) => each.rate / bare[round]!.rate)).toFixed(3),
    };
  }
}
server.kill('SIGTERM');
const alone = await searchAlone();
table['the vector search alone'] = { 'requests/s': '', 'p50, ms': alone.toFixed(3), ratio: '' };
console.table(table);
await rm(folder, { recursive: true, force: true });

/** Sends requests on so many connections, one at a time on each. */
async function measure(
  subject: Subject,
  connections: number,
  seconds: number,
): Promise<{ rate: number; p50: number }> {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const times: number[] = [];
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  const random = seededRandom(connections);
  const send = async () => {
    while (performance.now() < until) {
      const sentAt = performance.now();
      const id = ids[Math.floor(random() * ids.length)];
      await request(pool, { query: QUERIES[subject], variables: { id } });
      times.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: connections }, send));
  const rate = times.length / ((performance.now() - startedAt) / 1000);
  await pool.close();
  await sleep(100);
  return { rate, p50: median(times) };
}

async function searchWithAll(): Promise<void> {
  const pool = new Pool(url, { connections: 8, pipelining: 1 });
  const query = QUERIES['labels, names, URLs'];
  await Promise.all(ids.map((id) => request(pool, { query, variables: { id } })));
  await pool.close();
}

async function request(pool: Pool, body: { query: string; variables?: object }): Promise<string> {
  const response = await pool.request({
    path: '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.body.text();
  if (response.statusCode !== 200 || text.includes('"errors"')) throw new Error(text);
  return text;
}

async function imageIds(): Promise<string[]> {
  const pool = new Pool(url);
  const { data } = JSON.parse(await request(pool, { query: '{ datasets { nodes { id imageCount } } }' })) as {
    data: { datasets: { nodes: { id: string }[] } };
  };
  const datasetId = data.datasets.nodes[0]?.id;
  const found: string[] = [];
  for (let after: string | null = null; ;) {
    const query =
      'query ($datasetId: ID!, $after: String) { images(dataset: $datasetId, first: 100, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }';
    const page = JSON.parse(await request(pool, { query, variables: { datasetId, after } })) as {
      data: { images: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };
    };
    const { nodes, pageInfo } = page.data.images;
    found.push(...nodes.map(({ id }) => id));
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  await pool.close();
  return found;
}

/** Milliseconds of the median search in the same index, with vectors that are already at hand. */
async function searchAlone(): Promise<number> {
  const database = Database.open(dataDir);
  const index = new EmbeddedVectorIndex(database, undefined, undefined, { background: false });
  await index.open();
  const [spec] = await index.list();
  if (spec === undefined) throw new Error('There is no index');
  const vectors = await index.vectors(
    spec.name,
    Array.from({ length: IMAGES }, (_, at) => at + 1),
  );
  const times: number[] = [];
  for (const [excludeId, vector] of vectors) {
    const startedAt = performance.now();
    await index.search(spec.name, { vector, k: K, excludeId, ofEntry: true });
    times.push(performance.now() - startedAt);
  }
  await index.close();
  await database.close();
  return median(times);
}

/** Small JPEGs of coloured blots, in a folder per label. */
async function writePictures(into: string): Promise<void> {
  const random = seededRandom(1);
  for (let label = 0; label < LABELS; label += 1)
    await mkdir(join(into, `label-${label}`), { recursive: true });
  for (let at = 0; at < IMAGES; at += 1) {
    const blots = Uint8Array.from({ length: 4 * 4 * 3 }, () => random() * 256);
    const jpeg = await sharp(blots, { raw: { width: 4, height: 4, channels: 3 } })
      .resize(160, 160, { kernel: 'cubic' })
      .jpeg()
      .toBuffer();
    await writeFile(join(into, `label-${at % LABELS}`, `${at}.jpg`), jpeg);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}
