import { availableParallelism } from 'node:os';
import { appendFileSync, writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { holdsVectors, loadBuild, type LoadedBuild } from './loaded-build.ts';
import { BuildStop } from './build-stop.ts';
import { candidatesNeeded, deviationOfCodes } from './calibration.ts';
import { VectorCodes } from '../ranking/vector-codes.ts';
import { buildFiles, factsOf, publish, SIDECAR_FORMAT, writeSidecar } from './build-files.ts';
import { findAxes, Shortening, TRAINING_ROWS } from './shortening.ts';
import { graphSettings, newGraph, type Graph } from '../usearch-graph.ts';
import { VectorReader, type IndexRow } from '../entries/vector-reader.ts';

// Only erasable TypeScript: worker threads run this file from source.

export interface BuildOrder {
  /** The file of the database. */
  readonly file: string;
  readonly directory: string;
  readonly row: IndexRow;
  /** The name of the new build. */
  readonly build: string;
  /** The `cells` of the `BuildStop`. */
  readonly stop: BuildStop['cells'];
}

export type BuildMessage =
  { readonly share: number } | { readonly done: { readonly lastRemoval: number; readonly count: number } };

/** How many vectors are added to the graph in one call, which cannot be interrupted. */
const CHUNK_ROWS = 512;
const PAGE_IDS = 50_000;
/**
 * Once this share of the entries has changed, a new graph with new axes replaces the existing one: the axes were
 * computed for the vectors of their time, and removals make a graph less navigable.
 */
const WORN = 0.5;
/** More than usearch may have left of the last space on a disk. */
const PROBE_BYTES = 256 * 1024;
/** How many searches a new graph is tried with. */
const TRIALS = 128;

const threads = availableParallelism();
const order = workerData as BuildOrder;
const stop = new BuildStop(order.stop);

async function build({ file, directory, row, build: name }: BuildOrder): Promise<void> {
  const reader = new VectorReader(file);
  const lastRemoval = Math.max(reader.lastRemoval(row.id), row.buildRemoval);
  const ids = allIds(reader, row.id);
  const files = buildFiles(directory, row.name, name);
  const previous = await usablePrevious(directory, row, ids);
  const axes = previous === undefined ? axesOf(sample(reader, row.dimension, ids)) : undefined;
  const shortening = previous?.shortening ?? new Shortening(row.dimension, axes);
  const settings = graphSettings(row.dimension);
  const graph = previous?.graph ?? newGraph(shortening.dimension, settings);
  const codes = VectorCodes.empty(row.dimension, ids.length);

  const lastBefore = previous?.sidecar.lastEntry ?? 0;
  const fresh = ids.filter((id) => id > lastBefore);
  stop.check();
  if (previous !== undefined) takeOver(reader, row, previous, ids, codes);
  addVectors(reader, fresh, shortening, graph, codes);
  const [matrix, samples] = sample(reader, row.dimension, ids, TRIALS);
  reader.close();
  const trials = Array.from({ length: samples }, (_, at) =>
    matrix.slice(at * row.dimension, (at + 1) * row.dimension),
  );
  const candidates = candidatesNeeded(graph, shortening, codes, trials, threads, () => stop.check());

  const needsCodes = !holdsVectors(row.dimension, ids.length);
  const count = needsCodes ? codes.count : graph.size();
  if (needsCodes) codes.save(`${files.codes}.partial`);
  saveGraph(graph, `${files.graph}.partial`);
  if (shortening.axes !== undefined) writeFileSync(`${files.axes}.partial`, shortening.axes, { flag: 'wx' });
  const written = [
    files.graph,
    ...(needsCodes ? [files.codes] : []),
    ...(shortening.axes === undefined ? [] : [files.axes]),
  ];
  for (const each of written) await publish(`${each}.partial`, each);
  await writeSidecar(files, {
    format: SIDECAR_FORMAT,
    name: row.name,
    indexId: row.id,
    build: name,
    dimension: row.dimension,
    model: row.model,
    count,
    lastEntry: Math.max(lastBefore, ids.at(-1) ?? 0),
    lastRemoval,
    begunWith: previous?.sidecar.begunWith ?? count,
    changed: previous === undefined ? 0 : previous.sidecar.changed + changes(previous, ids),
    candidates,
    deviation: deviationOfCodes(trials),
    ...settings,
    graph: await factsOf(files.graph),
    codes: needsCodes ? await factsOf(files.codes) : null,
    axes: shortening.axes === undefined ? null : await factsOf(files.axes),
  });
  tell({ done: { lastRemoval, count } });
}

/** usearch does not say why it could not write; writing to the file shows whether there is no space left. */
function saveGraph(graph: Graph, file: string): void {
  try {
    graph.save(file);
  } catch (error) {
    appendFileSync(file, Buffer.alloc(PROBE_BYTES));
    throw error;
  }
}

function axesOf(sample: Parameters<typeof findAxes>): Float32Array | undefined {
  return stop.interruptible(() => findAxes(...sample));
}

function tell(message: BuildMessage): void {
  parentPort?.postMessage(message);
}

function allIds(reader: VectorReader, index: number): number[] {
  const ids: number[] = [];
  for (;;) {
    const page = reader.entryIdsAfter(index, ids.at(-1) ?? 0, PAGE_IDS);
    for (const id of page) ids.push(id);
    if (page.length < PAGE_IDS) return ids;
  }
}

/** Vectors from all over the index, one after the other, with their number and their dimension. */
function sample(
  reader: VectorReader,
  dimension: number,
  ids: readonly number[],
  most = TRAINING_ROWS,
): [Float32Array, number, number] {
  const count = Math.min(most, ids.length);
  const matrix = new Float32Array(count * dimension);
  let rows = 0;
  for (let at = 0; at < count; at++) {
    const vector = reader.vector(ids[Math.floor((at * ids.length) / count)]!);
    if (vector !== undefined) matrix.set(vector, rows++ * dimension);
  }
  return [matrix, rows, dimension];
}

/** The build in use, if its files are intact and enough of it is still current. */
async function usablePrevious(
  directory: string,
  row: IndexRow,
  ids: readonly number[],
): Promise<LoadedBuild | undefined> {
  if (row.build === null) return undefined;
  try {
    const base = await loadBuild(directory, { ...row, indexId: row.id, build: row.build });
    const { sidecar } = base;
    const { connectivity, expansionAdd } = graphSettings(row.dimension);
    if (sidecar.connectivity !== connectivity || sidecar.expansionAdd !== expansionAdd) return undefined;
    // Only codes tell for certain which entries a graph contains.
    if (base.codes === undefined && !holdsVectors(row.dimension, ids.length)) return undefined;
    return sidecar.changed + changes(base, ids) > WORN * sidecar.begunWith ? undefined : base;
  } catch {
    // The main thread has already logged the damage, and the new build will replace this one.
    return undefined;
  }
}

/** The number of entries that have been added and removed since the build. */
function changes({ sidecar }: LoadedBuild, ids: readonly number[]): number {
  const kept = ids.reduce((sum, id) => sum + (id <= sidecar.lastEntry ? 1 : 0), 0);
  return ids.length - kept + (sidecar.count - kept);
}

/** Removes deleted entries from the graph and collects the codes of the others. */
function takeOver(
  reader: VectorReader,
  row: IndexRow,
  { codes: before, graph, sidecar }: LoadedBuild,
  ids: readonly number[],
  codes: VectorCodes,
): void {
  const gone: number[] = [];
  if (before !== undefined) {
    const live = new Set(ids);
    for (const [at, id] of before.ids.entries()) {
      if (live.has(id)) codes.copy(id, before.at(at));
      else gone.push(id);
    }
  } else {
    // Removals that the build in use has not seen are kept until the next one is in use.
    for (const { entryId } of reader.removalsAfter(row.id, sidecar.lastRemoval)) {
      if (entryId <= sidecar.lastEntry) gone.push(entryId);
    }
    const kept = ids.filter((id) => id <= sidecar.lastEntry);
    for (let from = 0; from < kept.length; from += CHUNK_ROWS) {
      stop.check();
      const chunk = kept.slice(from, from + CHUNK_ROWS);
      reader.vectors(chunk, (place, vector) => codes.add(chunk[place]!, vector));
    }
  }
  stop.check();
  if (gone.length > 0) graph.remove(BigUint64Array.from(gone, BigInt));
}

function addVectors(
  reader: VectorReader,
  ids: readonly number[],
  shortening: Shortening,
  graph: Graph,
  codes: VectorCodes,
): void {
  const { dimension } = codes;
  for (let from = 0; from < ids.length; from += CHUNK_ROWS) {
    stop.check();
    const chunk = ids.slice(from, from + CHUNK_ROWS);
    const matrix = new Float32Array(chunk.length * dimension);
    const keys: bigint[] = [];
    // An entry may have been deleted since the ids were read.
    reader.vectors(chunk, (place, vector) => {
      matrix.set(vector, keys.length * dimension);
      keys.push(BigInt(chunk[place]!));
      codes.add(chunk[place]!, vector);
    });
    if (keys.length > 0) {
      const vectors = shortening.apply(matrix.subarray(0, keys.length * dimension), threads);
      graph.add(BigUint64Array.from(keys), vectors, threads);
    }
    tell({ share: Math.min(1, (from + chunk.length) / ids.length) });
  }
}

await build(order);
