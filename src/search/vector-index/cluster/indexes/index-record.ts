import type { HeldEntry } from '../../../indexing/index-ownership.ts';
import type { VectorIndexSpec } from '../../vector-index.port.ts';
import type { FieldTypes } from '../documents/document-fields.ts';

export interface ClusterLayout {
  /** What the names of all indexes begin with. */
  readonly prefix: string;
  /** Contains `{label}`. If omitted, labels get no aliases. */
  readonly labelAliasPattern?: string;
  /** How many labels of a dataset get an index of their own; 0 for none. */
  readonly labelIndexes: number;
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

/** The version of the documents that this version writes. */
export const DOCUMENT_FORMAT = 2;

/** The description of an index in the `_meta` of its mapping. */
export interface IndexRecord extends VectorIndexSpec {
  readonly prefix: string;
  /** The id of the installation that owns it. Indexes that were made before installations had ids lack it. */
  readonly installation?: string;
  /** The version of all of its documents. Indexes whose documents had only external ids and labels lack it. */
  readonly format?: number;
  readonly routeByLabel: boolean;
  /** Whether the index has the aliases of its dataset and labels. */
  readonly published: boolean;
  /** The labels by their aliases. */
  readonly labels: Readonly<Record<string, string>>;
  /** The labels whose entries are also in an index of their own. None by default. */
  readonly labelIndexes?: readonly string[];
}

/** The description of the index of a label in the `_meta` of its mapping. */
export interface LabelIndexRecord {
  readonly prefix: string;
  readonly installation: string;
  /** The name of the index whose entries it repeats. */
  readonly of: string;
  readonly label: string;
}

/** An index of this installation. */
export interface OwnIndex {
  /** What the names of the label indexes beside it begin with: its own name, unless it was adopted. */
  readonly base: string;
  /** The name of the index on the server, for requests that do not accept an alias. */
  readonly physical: string;
  readonly record: IndexRecord;
  /** The attributes that have fields. */
  readonly attributes: FieldTypes;
  /** Whether the mapping has the fields that documents have now. */
  readonly hasCurrentFields: boolean;
  /** Whether vectors are stored beside the source of the documents. */
  readonly storesVectors: boolean;
}
