import { availableParallelism } from 'node:os';
import { appendFileSync, writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { describeBuild, type DescribedBuild } from './loaded-build.ts';
import { ThreadStop } from '../thread-stop.ts';
import {
  deviationOfCodes,
  deviationOfGraph,
  effortNeeded,
  truthByCodes,
  truthByGraph,
} from './calibration.ts';
import { VectorCodes } from '../ranking/vector-codes.ts';
import { buildFiles, factsOf, publish, SIDECAR_FORMAT, verify, writeSidecar } from './build-files.ts';
import { mendIslands } from './islands.ts';
import { findAxes, Shortening } from './shortening.ts';
import { allIds, sample, spread, vectorsAt, vectorsOf } from './entry-samples.ts';
import { GRAPH_DIMENSION, graphSettings, newGraph, type Graph } from '../usearch-graph.ts';
import { WalkGraph } from '../walk/walk-graph.ts';
import { Scales } from './scales.ts';
import { VectorReader, type IndexRow } from '../entries/vector-reader.ts';

// Only erasable TypeScript: worker threads run this file from source.

export interface BuildOrder {
  /** The file of the database. */
  readonly file: string;
  readonly directory: string;
  readonly row: IndexRow;
  /** The name of the new build. */
  readonly build: string;
  /** The `cells` of the `ThreadStop`. */
  readonly stop: ThreadStop['cells'];
}

export type BuildMessage =
  { readonly share: number } | { readonly done: { readonly lastRemoval: number; readonly count: number } };

/** How many vectors are added to the graph in one call, which cannot be interrupted. */
const CHUNK_ROWS = 512;
/**
 * Once this share of the entries has changed, a new graph with new axes replaces the existing one: the axes were
 * computed for the vectors of their time, and removals make a graph less navigable.
 */
const WORN = 0.5;
/** More than usearch may have left of the last space on a disk. */
const PROBE_BYTES = 256 * 1024;
/** How many searches a new graph is tried with. */
const TRIALS = 128;
/** With how many candidates lost entries are looked for if it is not yet known how many a search takes. */
const LOOKED_FOR = 128;
/**
 * How many entries are left out of a new graph until it has been tried with them, if at least `from` are added. With half as
 * many, the recall that is measured is off by 0.003 now and then, and that of searches below 0.99.
 */
const STRANGERS = { most: 512, share: 0.25, from: 1_024 };

const threads = availableParallelism();
const order = workerData as BuildOrder;
const stop = new ThreadStop(order.stop);
const check = () => stop.check();

/** A build whose graph can be added to. */
interface Previous extends DescribedBuild {
  readonly graph: Graph;
}

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
  const codes = row.dimension > GRAPH_DIMENSION ? VectorCodes.empty(row.dimension, ids.length) : undefined;
  const scales = new Scales(shortening.dimension, previous?.sidecar.scales);

  const lastBefore = previous?.sidecar.lastEntry ?? 0;
  const fresh = ids.filter((id) => id > lastBefore);
  stop.check();
  if (previous !== undefined) takeOver(reader, row, previous, ids, codes);
  const target = { shortening, graph, codes, scales, dimension: row.dimension };
  const written = () => {
    const file = `${files.graph}.partial`;
    return unlessFull(file, () => {
      graph.save(file);
      return WalkGraph.read(file, undefined, shortening.dimension, scales.values);
    });
  };
  // Some of the entries are left out until the graph has been tried with them.
  const isTried = codes === undefined && fresh.length >= STRANGERS.from;
  const strange = new Set(
    isTried ? spread(fresh, Math.min(STRANGERS.most, Math.floor(STRANGERS.share * fresh.length))) : [],
  );
  addVectors(
    reader,
    fresh.filter((id) => !strange.has(id)),
    target,
  );
  const trials = {
    entries: vectorsAt(
      reader,
      ids.filter((id) => !strange.has(id)),
      TRIALS,
    ),
    strangers: vectorsAt(reader, [...strange], strange.size),
  };
  const tried = (walk: WalkGraph) => {
    const truth = codes === undefined ? truthByGraph(walk, check) : truthByCodes(codes, threads, check);
    return effortNeeded(walk, shortening, truth, trials, check);
  };
  let effort = strange.size === 0 ? undefined : tried(await written());
  addVectors(reader, [...strange], target);
  const { walk, strays } = await mendIslands(
    graph,
    written,
    (some) => shortening.apply(vectorsOf(reader, row.dimension, some), threads),
    effort?.candidates ?? LOOKED_FOR,
    check,
  );
  effort ??= tried(walk);
  const { entries } = trials;
  const deviation =
    codes === undefined
      ? deviationOfGraph(walk, entries, (id) => reader.vector(id))
      : deviationOfCodes(entries);
  reader.close();

  const count = walk.present;
  if (codes !== undefined) codes.save(`${files.codes}.partial`);
  if (shortening.axes !== undefined) writeFileSync(`${files.axes}.partial`, shortening.axes, { flag: 'wx' });
  const finished = [
    files.graph,
    ...(codes === undefined ? [] : [files.codes]),
    ...(shortening.axes === undefined ? [] : [files.axes]),
  ];
  for (const each of finished) await publish(`${each}.partial`, each);
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
    ...effort,
    strays,
    deviation,
    scales: [...scales.values],
    ...settings,
    graph: walk.facts,
    codes: codes === undefined ? null : await factsOf(files.codes),
    axes: shortening.axes === undefined ? null : await factsOf(files.axes),
  });
  tell({ done: { lastRemoval, count } });
}

/**
 * usearch does not say why it could not write, nor does it notice that the last page is missing, without which the file
 * cannot be read. Writing to the file then shows whether there is no space left.
 */
async function unlessFull<Result>(file: string, saveAndRead: () => Promise<Result>): Promise<Result> {
  try {
    return await saveAndRead();
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

/** The build in use, if its files are intact and enough of it is still current. */
async function usablePrevious(
  directory: string,
  row: IndexRow,
  ids: readonly number[],
): Promise<Previous | undefined> {
  if (row.build === null) return undefined;
  try {
    const described = await describeBuild(directory, { ...row, indexId: row.id, build: row.build });
    const { sidecar, shortening } = described;
    const settings = graphSettings(row.dimension);
    const { connectivity, expansionAdd } = settings;
    if (sidecar.connectivity !== connectivity || sidecar.expansionAdd !== expansionAdd) return undefined;
    if (sidecar.changed + changes(described, ids) > WORN * sidecar.begunWith) return undefined;
    const file = buildFiles(directory, row.name, row.build).graph;
    await verify(file, sidecar.graph);
    const graph = newGraph(shortening.dimension, settings);
    graph.load(file);
    const isIntact = graph.dimensions() === shortening.dimension && graph.size() === sidecar.count;
    return isIntact ? { ...described, graph } : undefined;
  } catch {
    // The main thread has already logged the damage, and the new build will replace this one.
    return undefined;
  }
}

/** The number of entries that have been added and removed since the build. */
function changes({ sidecar }: DescribedBuild, ids: readonly number[]): number {
  const kept = ids.reduce((sum, id) => sum + (id <= sidecar.lastEntry ? 1 : 0), 0);
  return ids.length - kept + (sidecar.count - kept);
}

/** Removes deleted entries from the graph and collects the codes of the others. */
function takeOver(
  reader: VectorReader,
  row: IndexRow,
  { codes: before, graph, sidecar }: Previous,
  ids: readonly number[],
  codes: VectorCodes | undefined,
): void {
  const gone: number[] = [];
  if (before !== undefined) {
    const live = new Set(ids);
    for (const [at, id] of before.ids.entries()) {
      if (live.has(id)) codes?.copy(id, before.at(at));
      else gone.push(id);
    }
  } else {
    // Removals that the build in use has not seen are kept until the next one is in use.
    for (const { entryId } of reader.removalsAfter(row.id, sidecar.lastRemoval)) {
      if (entryId <= sidecar.lastEntry) gone.push(entryId);
    }
  }
  stop.check();
  if (gone.length > 0) graph.remove(BigUint64Array.from(gone, BigInt));
}

interface Target {
  readonly dimension: number;
  readonly shortening: Shortening;
  readonly graph: Graph;
  readonly codes: VectorCodes | undefined;
  readonly scales: Scales;
}

function addVectors(
  reader: VectorReader,
  ids: readonly number[],
  { dimension, shortening, graph, codes, scales }: Target,
): void {
  for (let from = 0; from < ids.length; from += CHUNK_ROWS) {
    stop.check();
    const chunk = ids.slice(from, from + CHUNK_ROWS);
    const matrix = new Float32Array(chunk.length * dimension);
    const keys: bigint[] = [];
    // An entry may have been deleted since the ids were read.
    reader.vectors(chunk, (place, vector) => {
      matrix.set(vector, keys.length * dimension);
      keys.push(BigInt(chunk[place]!));
      codes?.add(chunk[place]!, vector);
    });
    if (keys.length > 0) {
      const vectors = shortening.apply(matrix.subarray(0, keys.length * dimension), threads);
      scales.take(vectors);
      graph.add(BigUint64Array.from(keys), vectors, threads);
    }
    tell({ share: Math.min(1, (from + chunk.length) / ids.length) });
  }
}

await build(order);
