import { CodesFile } from './embedded.codes-file.ts';
import { buildFiles, verifiedBuild, type Sidecar } from './embedded.files.ts';
import { newGraph, type Graph } from './embedded.usearch.ts';
import type { IndexRow } from './embedded.vector-reader.ts';

/** A build in use: what is searched of the entries up to its last. It never changes. */
export class Base {
  private users = 1;

  private constructor(
    readonly sidecar: Sidecar,
    readonly graph: Graph,
    readonly codes: CodesFile,
  ) {}

  /** Throws with what is wrong where the files are not exactly those that the build wrote. */
  static async open(directory: string, row: IndexRow): Promise<Base | undefined> {
    if (row.build === null) return undefined;
    const files = buildFiles(directory, row.name, row.build);
    const { dimension, model, build } = row;
    const sidecar = await verifiedBuild(files, { indexId: row.id, build, dimension, model });
    const graph = newGraph(dimension);
    graph.load(files.graph);
    if (graph.dimensions() !== dimension || graph.size() !== sidecar.count) {
      throw new Error('its graph is not the one described');
    }
    return new Base(sidecar, graph, new CodesFile(files.codes, dimension, sidecar.count));
  }

  /** A search that lets others work in between holds on to the base. */
  retain(): void {
    this.users++;
  }

  /** Closes the files when the last user is done. */
  release(): void {
    if (--this.users === 0) this.codes.close();
  }
}
