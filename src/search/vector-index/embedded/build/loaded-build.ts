import { VectorCodes } from '../ranking/vector-codes.ts';
import { buildFiles, readSidecar, verifiedRead, verify, type Sidecar } from './build-files.ts';
import { Shortening } from './shortening.ts';
import { GRAPH_DIMENSION, graphSettings, newGraph, type Graph } from '../usearch-graph.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** A build in memory. It is searched for the entries that it contains. */
export interface LoadedBuild {
  readonly sidecar: Sidecar;
  /** Contains the shortened vectors under the ids of their entries. */
  readonly graph: Graph;
  readonly shortening: Shortening;
  /** Undefined if the float vectors are to be held in memory instead. */
  readonly codes: VectorCodes | undefined;
}

/** 524,000 vectors of 128 numbers. */
const HELD_BYTES = 256 * 1024 * 1024;

/**
 * Whether the float vectors of a build are held in memory, so that it needs no codes: they are then scored
 * without reading the database, and no rounding can affect the answer.
 */
export function holdsVectors(dimension: number, count: number): boolean {
  const bytes = Float32Array.BYTES_PER_ELEMENT * dimension * count;
  return dimension <= GRAPH_DIMENSION && bytes <= HELD_BYTES;
}

/** Which build the files must belong to. */
export interface BuildIdentity {
  readonly name: string;
  readonly indexId: number;
  readonly build: string;
  readonly dimension: number;
  /** `ModelIdentity.key` */
  readonly model: string;
}

/**
 * Reads the files of a build. Throws, with what is wrong, unless they are exactly as they were written: loading
 * a damaged graph would crash the process or silently give wrong answers.
 */
export async function loadBuild(directory: string, identity: BuildIdentity): Promise<LoadedBuild> {
  const { dimension } = identity;
  const files = buildFiles(directory, identity.name, identity.build);
  const sidecar = await readSidecar(files);
  for (const key of ['indexId', 'build', 'dimension', 'model'] as const) {
    if (sidecar[key] !== identity[key]) throw new Error(`it belongs to another ${key}`);
  }
  const codes =
    sidecar.codes === null
      ? undefined
      : VectorCodes.from(await verifiedRead(files.codes, sidecar.codes), dimension, sidecar.count);
  const axes = sidecar.axes && new Float32Array(await verifiedRead(files.axes, sidecar.axes));
  const shortening = new Shortening(dimension, axes ?? undefined);
  await verify(files.graph, sidecar.graph);
  const graph = newGraph(shortening.dimension, graphSettings(dimension));
  graph.load(files.graph);
  if (graph.dimensions() !== shortening.dimension || graph.size() !== sidecar.count) {
    throw new Error('its graph does not match its description');
  }
  return { sidecar, graph, shortening, codes };
}
