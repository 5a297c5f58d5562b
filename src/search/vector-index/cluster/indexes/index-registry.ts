import { vectorIndexForeign } from '../../../search.errors.ts';
import type { ClusterClient, ClusterRequest } from '../client/cluster-client.ts';
import { ClusterFault } from '../client/cluster-fault.ts';
import { fieldTypesOf } from '../documents/document-fields.ts';
import { formerNames, labelIndexPrefix, ownAlias, ownPrefix, physicalName } from './index-names.ts';
import type { IndexRecord, LabelIndexRecord, OwnIndex, Ownership } from './index-record.ts';

interface Mapping {
  readonly _meta?: { readonly lookalike?: IndexRecord | LabelIndexRecord };
  readonly properties?: {
    readonly external_id?: object;
    readonly attributes?: { readonly properties?: Parameters<typeof fieldTypesOf>[0] };
    readonly embedding?: { readonly store?: boolean };
  };
}

/** What is on the server under a name, whoever owns it. */
interface FoundIndex extends Omit<OwnIndex, 'record' | 'base'> {
  readonly record: IndexRecord | undefined;
  /** The record of an index that repeats the entries of a label. */
  readonly labelRecord: LabelIndexRecord | undefined;
}

interface Sample {
  readonly hits: {
    readonly hits: readonly {
      readonly _id: string;
      readonly _source: { readonly externalId: string };
      readonly fields: { readonly embedding: number[] };
    }[];
  };
}

const TIMEOUT_MS = 30_000;
/** How many entries of an index of unknown origin are compared with the catalogue. */
const COMPARED = 32;

/**
 * Finds the indexes of this installation, and only those, by the installation's id in their names and mappings.
 * Rejects with a `ClusterFault` or `VECTOR_INDEX_FOREIGN`.
 */
export class IndexRegistry {
  private readonly client: ClusterClient;
  private readonly prefix: string;
  private readonly ownership: Ownership;

  constructor(client: ClusterClient, prefix: string, ownership: Ownership) {
    this.client = client;
    this.prefix = prefix;
    this.ownership = ownership;
  }

  get installation(): string {
    return this.ownership.installation;
  }

  /** The name of a new index on the server. */
  newPhysicalName(name: string): string {
    return physicalName(this.prefix, this.ownership.installation, name);
  }

  /** The alias to which requests on an index are sent. No other installation uses it. */
  nameOf(name: string): string {
    return ownAlias(this.newPhysicalName(name));
  }

  /** Finds an index. One from before installations had ids is adopted if its contents prove that it is ours. */
  async findOwn(name: string, signal?: AbortSignal): Promise<OwnIndex> {
    const [own] = await this.findAt(this.nameOf(name), signal);
    if (own === undefined) {
      const physical = this.newPhysicalName(name);
      const isTaken = (await this.findAt(physical, signal)).length > 0;
      if (isTaken) throw this.foreign(name, physical, undefined);
      return this.adopt(name, signal);
    }
    const { record } = own;
    if (record?.name === name && record.prefix === this.prefix) {
      if (record.installation === this.ownership.installation) return this.ownIndex(own, record);
      // The adoption was interrupted: the index already has our alias.
      if (record.installation === undefined) return this.saveRecord(this.ownIndex(own, record));
    }
    throw this.foreign(name, own.physical, record?.installation);
  }

  /** All indexes of this installation, without those of labels. */
  async listOwn(): Promise<OwnIndex[]> {
    return (await this.findAllOwn()).flatMap((found) =>
      found.record === undefined ? [] : [this.ownIndex(found, found.record)],
    );
  }

  /** The names on the server of all indexes of this installation, with those of labels. */
  async listPhysical(): Promise<string[]> {
    return (await this.findAllOwn()).map(({ physical }) => physical);
  }

  /** The names on the server of the label indexes beside an index. */
  async listLabelIndexes(name: string): Promise<string[]> {
    const found = await this.findAt(`${labelIndexPrefix(this.newPhysicalName(name))}*`);
    return found.filter((one) => this.isOurs(one.labelRecord)).map(({ physical }) => physical);
  }

  private async findAllOwn(): Promise<FoundIndex[]> {
    const found = await this.findAt(`${ownPrefix(this.prefix, this.ownership.installation)}*`);
    return found.filter(({ record, labelRecord }) => this.isOurs(record ?? labelRecord));
  }

  private ownIndex(found: FoundIndex, record: IndexRecord): OwnIndex {
    const { physical, attributes, hasCurrentFields, storesVectors } = found;
    const base = this.newPhysicalName(record.name);
    return { base, physical, record, attributes, hasCurrentFields, storesVectors };
  }

  private isOurs(record: { readonly prefix: string; readonly installation?: string } | undefined): boolean {
    return record?.installation === this.ownership.installation && record.prefix === this.prefix;
  }

  /** The indexes with this name, alias or pattern, whoever owns them; empty if there are none. */
  async findAt(name: string, signal?: AbortSignal): Promise<FoundIndex[]> {
    try {
      const found = await this.call<Record<string, { mappings?: Mapping }>>(
        'GET',
        `/${name}/_mapping`,
        undefined,
        signal,
      );
      return Object.entries(found).map(([physical, { mappings }]) => foundIndex(physical, mappings));
    } catch (error) {
      if (error instanceof ClusterFault && error.isIndexMissing) return [];
      throw error;
    }
  }

  /** Writes the record of an index, with this installation as its owner. */
  async saveRecord(index: OwnIndex): Promise<OwnIndex> {
    const ours = { ...index.record, installation: this.ownership.installation };
    await this.call('PUT', `/${index.physical}/_mapping`, { _meta: { lookalike: ours } });
    return { ...index, record: ours };
  }

  foreign(name: string, holder: string, owner: string | undefined) {
    const { installation } = this.ownership;
    return vectorIndexForeign(name, { holder, owner: owner ?? null, installation });
  }

  private async adopt(name: string, signal?: AbortSignal): Promise<OwnIndex> {
    const { physical, writeAlias } = formerNames(this.prefix, name);
    const found = (await this.findAt(physical, signal)).find((one) => one.physical === physical);
    const record = found?.record;
    if (found === undefined || record?.name !== name || record.prefix !== this.prefix) {
      throw indexMissing(physical);
    }
    if (record.installation !== undefined || !(await this.isProvedOurs(name, physical, signal))) {
      throw this.foreign(name, physical, record.installation);
    }
    try {
      // The write alias can be removed only once, so exactly one process gets the index.
      await this.call('POST', '/_aliases', {
        actions: [
          { remove: { index: physical, alias: writeAlias, must_exist: true } },
          { add: { index: physical, alias: this.nameOf(name) } },
        ],
      });
    } catch (error) {
      if (!(error instanceof ClusterFault && error.type === 'aliases_not_found_exception')) throw error;
      // Another process was faster. If the index now has our alias, that process is of this installation.
      const [taken] = await this.findAt(this.nameOf(name), signal);
      if (taken?.physical !== physical) {
        const [now] = await this.findAt(physical, signal);
        throw this.foreign(name, physical, now?.record?.installation);
      }
    }
    return this.saveRecord(this.ownIndex(found, record));
  }

  private async isProvedOurs(name: string, former: string, signal?: AbortSignal): Promise<boolean> {
    // Entries of an interrupted build are not visible yet.
    await this.call('POST', `/${former}/_refresh`, undefined, signal);
    const { hits } = await this.call<Sample>(
      'POST',
      `/${former}/_search`,
      {
        size: COMPARED,
        _source: ['externalId'],
        fields: ['embedding'],
        query: { function_score: { random_score: {} } },
      },
      signal,
    );
    const entries = hits.hits.map(({ _id, _source, fields }) => ({
      id: Number(_id),
      externalId: _source.externalId,
      vector: Float32Array.from(fields.embedding),
    }));
    return this.ownership.proves(name, entries);
  }

  private call<Answer>(
    method: ClusterRequest['method'],
    path: string,
    body?: object,
    signal?: AbortSignal,
  ): Promise<Answer> {
    return this.client.request<Answer>({ method, path, body, timeoutMs: TIMEOUT_MS, signal });
  }
}

function foundIndex(physical: string, { _meta, properties = {} }: Mapping = {}): FoundIndex {
  const record = _meta?.lookalike;
  const isOfLabel = record !== undefined && 'of' in record;
  return {
    physical,
    record: isOfLabel ? undefined : record,
    labelRecord: isOfLabel ? record : undefined,
    attributes: fieldTypesOf(properties.attributes?.properties),
    hasCurrentFields: properties.external_id !== undefined,
    storesVectors: properties.embedding?.store === true,
  };
}

function indexMissing(index: string): ClusterFault {
  return new ClusterFault('refused', `no such index [${index}]`, 404, 'index_not_found_exception');
}
