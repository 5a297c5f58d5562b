import { VectorCodes } from '../ranking/vector-codes.ts';
import { buildFiles, readSidecar, verifiedRead, type Sidecar } from './build-files.ts';
import { Shortening } from './shortening.ts';
import { GRAPH_DIMENSION } from '../usearch-graph.ts';
import { WalkGraph } from '../walk/walk-graph.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** A build in memory. It is searched for the entries that it contains. */
export interface LoadedBuild {
  readonly sidecar: Sidecar;
  /** Contains the shortened vectors under the ids of their entries. */
  readonly graph: WalkGraph;
  readonly shortening: Shortening;
  /** The whole vectors in 8 bits; undefined if the graph contains these. */
  readonly codes: VectorCodes | undefined;
}

/**
 * Whether the float vectors of a build are held in memory, of which they may take `most` bytes: hits are then scored
 * without reading the database.
 */
export function holdsVectors(dimension: number, count: number, most: number): boolean {
  const bytes = Float32Array.BYTES_PER_ELEMENT * dimension * count;
  return dimension <= GRAPH_DIMENSION && bytes <= most;
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

/** What is known of a build without its graph. */
export type DescribedBuild = Omit<LoadedBuild, 'graph'>;

/**
 * Reads the files of a build. Throws, with what is wrong, unless they are exactly as they were written: a damaged
 * graph would silently give wrong answers.
 */
export async function loadBuild(directory: string, identity: BuildIdentity): Promise<LoadedBuild> {
  const described = await describeBuild(directory, identity);
  const { sidecar, shortening } = described;
  const file = buildFiles(directory, identity.name, identity.build).graph;
  const scales = Float32Array.from(sidecar.scales);
  const graph = await WalkGraph.read(file, sidecar.graph, shortening.dimension, scales);
  if (graph.present !== sidecar.count) throw new Error('its graph does not match its description');
  return { ...described, graph };
}

/** Reads the files of a build except the graph. Throws like `loadBuild`. */
export async function describeBuild(directory: string, identity: BuildIdentity): Promise<DescribedBuild> {
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
  if (sidecar.scales.length !== shortening.dimension) throw new Error('its description is incomplete');
  return { sidecar, shortening, codes };
}
