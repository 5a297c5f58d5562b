import { Codes } from './ranking/codes.ts';
import { buildFiles, readSidecar, verifiedRead, verify, type Sidecar } from './build/build-files.ts';
import { Projection } from './build/shortening.ts';
import { GRAPH_DIMENSION, graphSettings, newGraph, type Graph } from './usearch-graph.ts';

// Type-only TypeScript: worker threads load this file as it is.

/** A build in memory: what is searched of the entries up to its last. */
export interface Base {
  readonly sidecar: Sidecar;
  /** Of the shortened vectors, under the entries' ids. */
  readonly graph: Graph;
  readonly projection: Projection;
  /** Undefined where the float vectors are to be held instead. */
  readonly codes: Codes | undefined;
}

/** 524,000 vectors of 128 numbers. */
const HELD_BYTES = 256 * 1024 * 1024;

/**
 * Whether the float vectors of a build are held in memory, which then needs no codes of them: they are
 * scored without the database, and the answer hangs on no rounding.
 */
export function holdsVectors(dimension: number, count: number): boolean {
  const bytes = Float32Array.BYTES_PER_ELEMENT * dimension * count;
  return dimension <= GRAPH_DIMENSION && bytes <= HELD_BYTES;
}

/** Which build it must be. */
export interface BuildIdentity {
  readonly name: string;
  readonly indexId: number;
  readonly build: string;
  readonly dimension: number;
  /** `ModelIdentity.key` */
  readonly model: string;
}

/**
 * Reads a build whose files are exactly as they were written, and throws with what is wrong
 * otherwise: a damaged graph ends the process when it is loaded, or answers wrongly in silence.
 */
export async function readBase(directory: string, identity: BuildIdentity): Promise<Base> {
  const { dimension } = identity;
  const files = buildFiles(directory, identity.name, identity.build);
  const sidecar = await readSidecar(files);
  for (const key of ['indexId', 'build', 'dimension', 'model'] as const) {
    if (sidecar[key] !== identity[key]) throw new Error(`it is of another ${key}`);
  }
  const codes =
    sidecar.codes === null
      ? undefined
      : Codes.from(await verifiedRead(files.codes, sidecar.codes), dimension, sidecar.count);
  const axes = sidecar.axes && new Float32Array(await verifiedRead(files.axes, sidecar.axes));
  const projection = new Projection(dimension, axes ?? undefined);
  await verify(files.graph, sidecar.graph);
  const graph = newGraph(projection.dimension, graphSettings(dimension));
  graph.load(files.graph);
  if (graph.dimensions() !== projection.dimension || graph.size() !== sidecar.count) {
    throw new Error('its graph is not the one described');
  }
  return { sidecar, graph, projection, codes };
}
