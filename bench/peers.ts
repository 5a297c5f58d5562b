/**
 * Compares the embedded index with bare libraries: usearch from npm, and hnswlib, usearch and faiss where `--python`
 * has them. Each is built in turn, in a process of its own, from the same vectors; then each answers the same queries from
 * a fresh process, by turns with the others and with one thread. Afterwards, the embedded index alone answers with filters.
 *
 *     npm run build
 *     npm run bench -- peers [--vectors 100000] [--queries 400] [--rounds 3] [--only ours,usearch] [--python PATH]
 *         [--gallery FILE] [--keep FOLDER]
 *
 * The vectors have 128 numbers and come from a fixed seed: vectors.ts. With `--gallery FILE`, they are mixes of the
 * embeddings in that file. With `--keep FOLDER`, data and builds stay there for further runs of the same size. A library is asked with the least effort that finds as many neighbours as the embedded
 * index, and with the least that finds 0.99 of them.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seededRandom } from '../test/contracts/vectors.ts';
import { Contender, type Built } from './peers/protocol.ts';
import { REGION, SHARES, VectorFile } from './peers/vector-file.ts';
import { exactSearch, makeData, mean, quantile, readGallery, recallOf, table } from './vectors.ts';

const K = 10;
const DIMENSION = 128;
/** As much noise beside the length of a vector as the other benchmarks have with 1,280 numbers. */
const NOISE = 0.038;
const EFFORTS = [32, 48, 64, 96, 128, 160, 192, 256, 320, 384, 512, 768, 1024, 1536, 2048];
const GOAL = 0.99;
const TURN = 40;
const REGION_FILTER = [null, ...SHARES.map(String), REGION];

const { values } = parseArgs({
  options: {
    vectors: { type: 'string', default: '100000' },
    queries: { type: 'string', default: '400' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: 'ours,usearch,hnswlib,usearch-python,faiss' },
    python: { type: 'string', default: 'python3' },
    gallery: { type: 'string' },
    keep: { type: 'string' },
  },
});
const count = Number(values.vectors);
const queries = Number(values.queries);
const rounds = Number(values.rounds);

interface Peer {
  readonly name: string;
  readonly contender: Contender;
  readonly built: Built;
  readonly efforts: { readonly effort: number; readonly recall: number; readonly times: number[] }[];
  residentMB: number;
}

const say = (step: string) => console.error(step);

function makeFiles(folder: string): VectorFile {
  if (existsSync(join(folder, 'regions'))) return new VectorFile(folder, DIMENSION, count);
  const gallery = values.gallery === undefined ? undefined : readGallery(values.gallery);
  const data = makeData({ dimension: DIMENSION, gallery, noise: NOISE, seed: 1 }, count + queries);
  const random = seededRandom(3);
  const positions = Float32Array.from({ length: count }, random);
  const regions = Uint8Array.from({ length: count }, (_, at) =>
    Number(data.labels[at]!.at(-1)!.split(' ')[1]),
  );
  VectorFile.write(folder, data.matrix, positions, regions);
  return new VectorFile(folder, DIMENSION, count);
}

/** The positions of the true neighbours of each query, among the vectors that have the label. */
function truthOf(file: VectorFile, label: string | null): Set<number>[] {
  const best: { at: number; similarity: number }[][] = Array.from({ length: queries }, () => []);
  const asked = file.read(count, count + queries);
  const CHUNK = 50_000;
  for (let from = 0; from < count; from += CHUNK) {
    const to = Math.min(count, from + CHUNK);
    const rows = Array.from({ length: to - from }, (_, at) => from + at).filter((at) => file.has(at, label));
    if (rows.length === 0) continue;
    const some = file.read(from, to);
    const matrix = new Float32Array(rows.length * DIMENSION);
    for (const [place, at] of rows.entries()) {
      matrix.set(some.subarray((at - from) * DIMENSION, (at - from + 1) * DIMENSION), place * DIMENSION);
    }
    const k = Math.min(K, rows.length);
    const { keys, distances } = exactSearch(matrix, asked, DIMENSION, k, 'cos', 2);
    for (const [query, list] of best.entries()) {
      for (let rank = query * k; rank < (query + 1) * k; rank++) {
        list.push({ at: rows[Number(keys[rank])]!, similarity: 1 - distances[rank]! });
      }
      list.sort((a, b) => b.similarity - a.similarity);
      list.length = Math.min(list.length, K);
    }
  }
  return best.map((list) => new Set(list.map(({ at }) => at)));
}

const source = (name: string) => fileURLToPath(new URL(`./peers/${name}`, import.meta.url));

function contenderOf(name: string, folder: string): Contender {
  const args = [folder, `${DIMENSION}`, `${count}`];
  const isOfNode = name === 'ours' || name === 'usearch';
  if (!isOfNode)
    return new Contender(values.python, [source('contender.py'), name.replace('-python', ''), ...args]);
  return new Contender(process.execPath, [...process.execArgv, source('contender.ts'), name, ...args]);
}

function hasModule(name: string): boolean {
  try {
    execFileSync(values.python, ['-c', `import numpy, ${name.replace('-python', '')}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function prepare(name: string, folder: string, truth: readonly Set<number>[]): Promise<Peer> {
  const noted = join(folder, `${name}.json`);
  if (!existsSync(noted)) {
    say(`${name}: building`);
    const builder = contenderOf(name, folder);
    writeFileSync(noted, JSON.stringify(await builder.build()));
    builder.end();
  }
  // It answers from a fresh process, as it does after a start.
  const contender = contenderOf(name, folder);
  const opened = await contender.build();
  const { buildSeconds, processorSeconds, ...others } = JSON.parse(readFileSync(noted, 'utf8')) as Built;
  const built: Built = { ...others, ...opened, buildSeconds, processorSeconds };
  const peer: Peer = { name, contender, built, efforts: [], residentMB: built.residentMB };
  for (const effort of name === 'ours' ? [0] : EFFORTS) {
    const { found, residentMB } = await contender.search({ effort, label: null, from: 0, to: queries });
    const recall = mean(found.map((ids, at) => recallOf(ids, truth[at]!)));
    peer.efforts.push({ effort, recall, times: [] });
    peer.residentMB = residentMB;
    if (recall > 0.9985) break;
  }
  return peer;
}

/**
 * The efforts of a library to be timed: the least with which it finds 0.99, and the least with which it finds as many. The
 * embedded index chooses its own.
 */
function timed(peer: Peer, ours: number): Peer['efforts'] {
  if (peer.name === 'ours') return peer.efforts;
  const reaching = [GOAL, Math.max(ours, GOAL)].map((goal) =>
    peer.efforts.find(({ recall }) => recall >= goal),
  );
  return [...new Set(reaching)].filter((one) => one !== undefined);
}

function reportOf(peers: readonly Peer[], ours: number): string {
  const rows = peers.flatMap(({ name, built, efforts, residentMB }) =>
    efforts
      .filter(({ times }) => times.length > 0)
      .map(({ effort, recall, times }) => [
        name,
        effort === 0 ? '' : `${effort}`,
        built.buildSeconds.toFixed(1),
        built.processorSeconds.toFixed(1),
        recall.toFixed(4),
        quantile(times, 0.5).toFixed(3),
        quantile(times, 0.99).toFixed(3),
        residentMB.toFixed(0),
      ]),
  );
  const p50Of = (name: string, goal: number) => {
    const peer = peers.find((one) => one.name === name);
    const one = peer?.efforts.find(({ recall, times }) => recall >= goal && times.length > 0);
    return one === undefined ? NaN : quantile(one.times, 0.5);
  };
  const ownP50 = p50Of('ours', 0);
  const ratios = peers
    .filter(({ name }) => name !== 'ours')
    .map(({ name, built }) => {
      const own = peers.find((one) => one.name === 'ours')?.built;
      const build = ((own?.buildSeconds ?? NaN) / built.buildSeconds).toFixed(2);
      const work = ((own?.processorSeconds ?? NaN) / built.processorSeconds).toFixed(2);
      const [least, equal] = [GOAL, Math.max(ours, GOAL)].map((goal) =>
        (ownP50 / p50Of(name, goal)).toFixed(2),
      );
      return `ours ÷ ${name}: build ${build} (processor ${work}), p50 ${least} at recall 0.99, ${equal} at equal recall`;
    });
  const head = [
    `${count} × ${DIMENSION}`,
    'candidates',
    'build s',
    'processor s',
    `recall@${K}`,
    'p50 ms',
    'p99 ms',
    'resident MB',
  ];
  const efforts = peers
    .filter(({ name }) => name !== 'ours')
    .map((one) => `${one.name}: ${one.efforts.map((e) => `${e.effort} ${e.recall.toFixed(4)}`).join(', ')}`);
  return [table([head, ...rows]), ratios.join('\n'), `recall by candidates\n${efforts.join('\n')}`].join(
    '\n\n',
  );
}

async function filtered(ours: Peer, file: VectorFile): Promise<string> {
  const kinds = REGION_FILTER.map((label) => ({ label, times: [] as number[], found: [] as number[][] }));
  for (let round = 0; round < rounds + 1; round++) {
    for (let from = 0; from < queries; from += TURN) {
      for (const { label, times, found } of kinds) {
        const asked = { effort: 0, label, from, to: Math.min(queries, from + TURN) };
        const answer = await ours.contender.search(asked);
        // The first round evaluates each filter and warms up.
        if (round > 0) times.push(...answer.times);
        else found.push(...answer.found.map((ids) => [...ids]));
        ours.residentMB = answer.residentMB;
      }
    }
  }
  const bare = [0.5, 0.99].map((share) => quantile(kinds[0]!.times, share));
  const rows = kinds.map(({ label, times, found }) => {
    const truth = truthOf(file, label);
    const [p50, p99] = [0.5, 0.99].map((share) => quantile(times, share)) as [number, number];
    return [
      label === null ? 'none' : label === REGION ? label : `${Number(label) * 100} %`,
      mean(found.map((ids, at) => recallOf(ids, truth[at]!))).toFixed(4),
      p50.toFixed(3),
      (p50 / bare[0]!).toFixed(2),
      p99.toFixed(3),
      (p99 / bare[1]!).toFixed(2),
    ];
  });
  return table([['label on', 'recall', 'p50 ms', '÷ none', 'p99 ms', '÷ none'], ...rows]);
}

const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'lookalike-bench-'));
mkdirSync(folder, { recursive: true });
const peers: Peer[] = [];
try {
  say(`making ${count} vectors`);
  const file = makeFiles(folder);
  const truth = truthOf(file, null);
  for (const name of values.only.split(',')) {
    if (name !== 'ours' && name !== 'usearch' && !hasModule(name)) say(`${name}: not installed`);
    else peers.push(await prepare(name, folder, truth));
  }
  const ours = peers.find(({ name }) => name === 'ours');
  const recall = ours?.efforts[0]?.recall ?? GOAL;
  for (let round = 0; round < rounds; round++) {
    say(`searching, round ${round + 1} of ${rounds}`);
    for (let from = 0; from < queries; from += TURN) {
      for (const peer of peers) {
        for (const { effort, times } of timed(peer, recall)) {
          const asked = { effort, label: null, from, to: Math.min(queries, from + TURN) };
          times.push(...(await peer.contender.search(asked)).times);
        }
      }
    }
  }
  const filters = ours === undefined ? '' : await filtered(ours, file);
  console.log(reportOf(peers, recall));
  if (ours !== undefined) {
    const { writeSeconds = NaN, openSeconds = NaN, diskMB = NaN, addMs = [] } = ours.built;
    console.log(`\n${filters}\n`);
    console.log(
      `ours: written in ${writeSeconds.toFixed(1)} s, opened in ${openSeconds.toFixed(2)} s, ${diskMB.toFixed(0)} MB of files`,
    );
    console.log(
      `added to found while it builds: ${quantile(addMs, 0.5).toFixed(1)} ms (p50), ${Math.max(...addMs).toFixed(1)} (slowest of ${addMs.length})`,
    );
  }
} finally {
  for (const { contender } of peers) contender.end();
  if (values.keep === undefined) rmSync(folder, { recursive: true });
}
