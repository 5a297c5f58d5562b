import type { HeldEntry } from '../../../indexing/index-ownership.ts';
import type { VectorIndexSpec } from '../../vector-index.port.ts';

export interface ClusterLayout {
  /** What the names of all indexes begin with. */
  readonly prefix: string;
  /** Contains `{label}`. If omitted, labels get no aliases. */
  readonly labelAliasPattern?: string;
  readonly shards: number;
  /** If omitted, there is one replica as soon as there is a second node. */
  readonly replicas?: number;
  /** Whether all entries with the same label are on the same shard. */
  readonly routeByLabel: boolean;
}

/** Distinguishes our indexes from those of other installations on the same cluster. */
export interface Ownership {
  /** The id of this installation: 32 hexadecimal digits. */
  readonly installation: string;
  /** Whether this installation has written these entries of an index that does not name its owner. */
  proves(name: string, entries: readonly HeldEntry[]): Promise<boolean>;
}

/** The description of an index in the `_meta` of its mapping. */
export interface IndexRecord extends VectorIndexSpec {
  readonly prefix: string;
  /** The id of the installation that owns it. Indexes that were made before installations had ids lack it. */
  readonly installation?: string;
  readonly routeByLabel: boolean;
  /** Whether the index has the aliases of its dataset and labels. */
  readonly published: boolean;
  /** The labels by their aliases. */
  readonly labels: Readonly<Record<string, string>>;
}

/** An index of this installation. */
export interface OwnIndex {
  /** The name of the index on the server, for requests that do not accept an alias. */
  readonly physical: string;
  readonly record: IndexRecord;
}
