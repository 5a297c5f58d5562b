/** One contender of `peers.ts` that runs in Node: `contender.ts ours|usearch FOLDER DIMENSION COUNT [IN-FOLDER]`. */
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { NAME, openIndex, sizeOf } from '../vector-index.ts';
import { seconds } from '../vectors.ts';
import type { Built, Request, Searched } from './protocol.ts';
import { VectorFile } from './vector-file.ts';

const K = 10;
const CHUNK = 1_000;
const [kind, folder = '', dimension = '', count = ''] = process.argv.slice(2);
const file = new VectorFile(folder, Number(dimension), Number(count));

interface Subject {
  build(): Promise<Built>;
  /** The positions of the nearest. */
  search(vector: Float32Array, effort: number, label: string | null): Promise<number[]>;
}

function processorSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const residentMB = () => process.memoryUsage.rss() / 1e6;

/** Builds in this process, or opens what another one has built. */
async function ours(): Promise<Subject> {
  const home = join(folder, 'ours');
  const isBuilt = existsSync(home);
  mkdirSync(home, { recursive: true });
  const begun = performance.now();
  const { index } = await openIndex(home);
  if (isBuilt) await index.open();
  const openSeconds = (performance.now() - begun) / 1000;
  return {
    async build() {
      if (isBuilt) return { buildSeconds: 0, processorSeconds: 0, openSeconds, residentMB: residentMB() };
      await index.create({ name: NAME, dimension: file.dimension, model: 'bench' });
      const writeSeconds = await seconds(() => index.load(NAME, entries()));
      // As in a service, which reads its indexes when it starts.
      await index.search(NAME, { vector: file.query(0), k: 1 });
      let isRunning = true;
      const adding = addMeanwhile(() => isRunning);
      const before = process.cpuUsage();
      const buildSeconds = await seconds(() => index.optimise(NAME));
      const processorSeconds = processorSince(before);
      isRunning = false;
      const addMs = await adding;
      const built = residentMB();
      return {
        ...{ buildSeconds, processorSeconds, writeSeconds, addMs, residentMB: built },
        diskMB: sizeOf(join(home, 'indexes'), () => true),
      };
    },
    async search(vector, _effort, label) {
      const filter = label === null ? undefined : { kind: 'labels' as const, labels: [label] };
      const { matches } = await index.search(NAME, { vector, k: K, filter });
      return matches.map(({ id }) => id - 1);
    },
  };

  async function* entries() {
    for (let from = 0; from < file.count; from += CHUNK) {
      const some = file.read(from, Math.min(file.count, from + CHUNK));
      for (let at = from; at < Math.min(file.count, from + CHUNK); at++) {
        const vector = some.subarray((at - from) * file.dimension, (at - from + 1) * file.dimension);
        yield { id: at + 1, vector, labels: file.labelsOf(at), externalId: `image-${at + 1}` };
      }
    }
  }

  /** Adds a vector every half second, waits until a search finds it, and removes it. */
  async function addMeanwhile(isRunning: () => boolean): Promise<number[]> {
    const times: number[] = [];
    while (isRunning()) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const id = file.count + 1_000_000 + times.length;
      const begun = performance.now();
      // No other vector is as near to it as itself.
      const vector = file.query(0).map((value, axis) => (axis % 2 === 0 ? value : -value));
      await index.upsert(NAME, [{ id, vector, labels: ['added'], externalId: `added-${id}` }]);
      const filter = { kind: 'labels' as const, labels: ['added'] };
      const { matches } = await index.search(NAME, { vector, k: 1, filter });
      if (matches[0]?.id !== id) throw new Error('An added vector was not found');
      times.push(performance.now() - begun);
      await index.delete(NAME, [id]);
    }
    return times;
  }
}

function usearch(): Subject {
  const { Index } = createRequire(import.meta.url)('usearch') as {
    Index: new (options: object) => {
      add(keys: BigUint64Array, vectors: Float32Array, threads: number): void;
      save(path: string): void;
      load(path: string): void;
      search(vector: Float32Array, k: number, threads: number): { keys: BigUint64Array };
    };
  };
  const index = new Index({
    ...{ dimensions: file.dimension, metric: 'cos', quantization: 'f16' },
    ...{ connectivity: 16, expansion_add: 128, expansion_search: 16 },
  });
  const kept = join(folder, 'usearch');
  return {
    async build() {
      if (existsSync(kept)) {
        index.load(kept);
        return { buildSeconds: 0, processorSeconds: 0, residentMB: residentMB() };
      }
      const before = process.cpuUsage();
      const buildSeconds = await seconds(async () => {
        for (let from = 0; from < file.count; from += CHUNK) {
          const to = Math.min(file.count, from + CHUNK);
          const keys = BigUint64Array.from({ length: to - from }, (_, at) => BigInt(from + at));
          index.add(keys, file.read(from, to), 2);
        }
      });
      const processorSeconds = processorSince(before);
      index.save(kept);
      return { buildSeconds, processorSeconds, residentMB: residentMB() };
    },
    async search(vector, effort) {
      return Array.from(index.search(vector, effort, 1).keys.subarray(0, K), Number);
    },
  };
}

const subject = kind === 'ours' ? await ours() : usearch();
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  if (request.do === 'build') {
    console.log(JSON.stringify(await subject.build()));
    continue;
  }
  const times: number[] = [];
  const found: number[][] = [];
  for (let at = request.from; at < request.to; at++) {
    const vector = file.query(at);
    const begun = performance.now();
    const nearest = await subject.search(vector, request.effort, request.label);
    times.push(performance.now() - begun);
    found.push(nearest);
  }
  console.log(JSON.stringify({ times, found, residentMB: residentMB() } satisfies Searched));
}
process.exit();
