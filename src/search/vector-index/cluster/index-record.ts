import type { HeldEntry } from '../../indexing/index-ownership.ts';
import type { VectorIndexSpec } from '../vector-index.port.ts';

export interface ClusterLayout {
  /** Begins the names of all indexes; one for each installation on a cluster. */
  readonly prefix: string;
  /** With `{label}` in it; undefined for no aliases of labels. */
  readonly labelAliasPattern?: string;
  readonly shards: number;
  /** Undefined: as many as there are other nodes, one at most. */
  readonly replicas?: number;
  /** Whether entries with one label lie on one shard. */
  readonly routeByLabel: boolean;
}

/** Tells our indexes from those of other installations on the same cluster. */
export interface Ownership {
  /** The id of this installation: 32 hexadecimal digits. */
  readonly installation: string;
  /** Whether these entries of an index, which says nothing of its owner, were written by this installation. */
  proves(name: string, entries: readonly HeldEntry[]): Promise<boolean>;
}

/** What the mapping's `_meta` says of an index. */
export interface IndexRecord extends VectorIndexSpec {
  readonly prefix: string;
  /** The id of the installation that owns it; missing from indexes made before there were ids. */
  readonly installation?: string;
  readonly routeByLabel: boolean;
  /** Whether the index has the names of its dataset and labels. */
  readonly published: boolean;
  /** The raw text of labels by their aliases. */
  readonly labels: Readonly<Record<string, string>>;
}

/** An index of this installation. */
export interface OwnIndex {
  /** The name that the server made it under, for what cannot be asked by an alias. */
  readonly physical: string;
  readonly record: IndexRecord;
}
