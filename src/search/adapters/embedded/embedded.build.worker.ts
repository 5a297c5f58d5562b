import { availableParallelism } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { CodesFile, CodesWriter } from './embedded.codes-file.ts';
import {
  buildFiles,
  factsOf,
  publish,
  SIDECAR_FORMAT,
  verifiedBuild,
  writeSidecar,
} from './embedded.files.ts';
import type { Sidecar } from './embedded.files.ts';
import { GRAPH_SETTINGS, newGraph, type Graph } from './embedded.usearch.ts';
import { VectorReader, type IndexRow } from './embedded.vector-reader.ts';

// Type-only TypeScript: worker threads load this file as it is.

export interface BuildOrder {
  /** The database. */
  readonly file: string;
  readonly directory: string;
  readonly row: IndexRow;
  /** The new build's name. */
  readonly build: string;
}

export type BuildMessage =
  { readonly share: number } | { readonly done: { readonly lastRemoval: number; readonly count: number } };

/** Vectors added to the graph in one call, which cannot be interrupted. */
const CHUNK_ROWS = 512;
const PAGE_IDS = 50_000;
/** A graph that has lost so large a part of its entries is built anew rather than mended. */
const WORN = 0.3;

/** What is taken over from the build before. */
interface Previous {
  readonly graph: Graph;
  readonly codes: CodesFile;
  readonly sidecar: Sidecar;
}

async function build({ file, directory, row, build: name }: BuildOrder): Promise<void> {
  const reader = new VectorReader(file);
  const lastRemoval = Math.max(reader.lastRemoval(row.id), row.buildRemoval);
  const ids = allIds(reader, row.id);
  const files = buildFiles(directory, row.name, name);
  const previous = await usablePrevious(directory, row, ids);
  const graph = previous?.graph ?? newGraph(row.dimension);
  const codes = new CodesWriter(`${files.codes}.partial`, row.dimension);

  let removed = 0;
  if (previous !== undefined) {
    removed = previous.sidecar.removed + removeGone(graph, previous.codes.ids, ids);
    await copyCodes(previous.codes, ids, codes);
    previous.codes.close();
  }
  const lastBefore = previous?.sidecar.lastEntry ?? 0;
  const fresh = ids.filter((id) => id > lastBefore);
  addVectors(reader, row.dimension, fresh, graph, codes);
  reader.close();

  codes.finish();
  graph.save(`${files.graph}.partial`);
  await publish(`${files.codes}.partial`, files.codes);
  await publish(`${files.graph}.partial`, files.graph);
  await writeSidecar(files, {
    format: SIDECAR_FORMAT,
    name: row.name,
    indexId: row.id,
    build: name,
    dimension: row.dimension,
    model: row.model,
    count: graph.size(),
    lastEntry: Math.max(lastBefore, ids.at(-1) ?? 0),
    lastRemoval,
    removed,
    ...GRAPH_SETTINGS,
    graph: await factsOf(files.graph),
    codes: await factsOf(files.codes),
  });
  tell({ done: { lastRemoval, count: graph.size() } });
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

/** The build in use, where its files are intact and enough of it is still true. */
async function usablePrevious(
  directory: string,
  row: IndexRow,
  ids: readonly number[],
): Promise<Previous | undefined> {
  if (row.build === null) return undefined;
  const files = buildFiles(directory, row.name, row.build);
  try {
    const sidecar = await verifiedBuild(files, { ...row, indexId: row.id, build: row.build });
    if (sidecar.connectivity !== GRAPH_SETTINGS.connectivity) return undefined;
    if (sidecar.expansionAdd !== GRAPH_SETTINGS.expansionAdd) return undefined;
    const codes = new CodesFile(files.codes, row.dimension, sidecar.count);
    const live = new Set(ids);
    const gone = codes.ids.reduce((sum, id) => sum + (live.has(id) ? 0 : 1), 0);
    if (gone + sidecar.removed > WORN * sidecar.count) {
      codes.close();
      return undefined;
    }
    const graph = newGraph(row.dimension);
    graph.load(files.graph);
    return { graph, codes, sidecar };
  } catch {
    // The main thread has told of the damage already; what is built now takes its place.
    return undefined;
  }
}

function removeGone(graph: Graph, before: Float64Array, ids: readonly number[]): number {
  const live = new Set(ids);
  const gone = Array.from(before).filter((id) => !live.has(id));
  if (gone.length > 0) graph.remove(BigUint64Array.from(gone, BigInt));
  return gone.length;
}

async function copyCodes(from: CodesFile, ids: readonly number[], to: CodesWriter): Promise<void> {
  const live = new Set(ids);
  const rows: number[] = [];
  for (const [row, id] of from.ids.entries()) if (live.has(id)) rows.push(row);
  await from.read(rows, (row, code) => to.copy(from.ids[row]!, code));
}

function addVectors(
  reader: VectorReader,
  dimension: number,
  ids: readonly number[],
  graph: Graph,
  codes: CodesWriter,
): void {
  const matrix = new Float32Array(CHUNK_ROWS * dimension);
  for (let from = 0; from < ids.length; from += CHUNK_ROWS) {
    const chunk = ids.slice(from, from + CHUNK_ROWS);
    const keys: bigint[] = [];
    // An entry may have gone since the ids were read.
    reader.vectors(chunk, (place, vector) => {
      matrix.set(vector, keys.length * dimension);
      keys.push(BigInt(chunk[place]!));
      codes.add(chunk[place]!, vector);
    });
    if (keys.length > 0) {
      const vectors = matrix.subarray(0, keys.length * dimension);
      graph.add(BigUint64Array.from(keys), vectors, availableParallelism());
    }
    tell({ share: Math.min(1, (from + chunk.length) / ids.length) });
  }
}

await build(workerData as BuildOrder);
