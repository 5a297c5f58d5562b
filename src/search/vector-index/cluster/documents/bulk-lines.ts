import { labelIndexName, ownAlias } from '../indexes/index-names.ts';
import type { OwnIndex } from '../indexes/index-record.ts';
import type { VectorEntry } from '../../vector-index.port.ts';
import { entryRouting, toSource } from './documents.ts';
import type { HeldDocument } from './held-documents.ts';

/** A document and the index that it belongs into. */
export interface PlacedDocument {
  /** The alias of the index; the index that the request names if omitted. */
  readonly alias?: string;
  readonly id: string;
  readonly routing?: string;
  readonly source: object;
}

/** The documents of an entry: one in the index itself, and one in the index of each of its labels that has one. */
export function documentsOf(index: OwnIndex, entry: VectorEntry): PlacedDocument[] {
  const id = String(entry.id);
  const routing = entryRouting(index.record, entry);
  const source = toSource(entry);
  return [
    { id, ...(routing === undefined ? {} : { routing }), source },
    ...labelAliases(index, entry.labels).map((alias) => ({ alias, id, source })),
  ];
}

/** The lines that write an entry. `version` is the only one that they may overwrite in the index itself. */
export function linesToWrite(
  index: OwnIndex,
  entry: VectorEntry,
  version?: HeldDocument['version'],
): object[] {
  return documentsOf(index, entry).flatMap(({ alias, id, routing, source }) => [
    { index: { _index: alias, _id: id, routing, ...(alias === undefined ? version : {}) } },
    source,
  ]);
}

/** The lines that delete what is left of an entry in places where it no longer belongs. */
export function linesToTidy(index: OwnIndex, entry: VectorEntry, held: HeldDocument | undefined): object[] {
  if (held === undefined) return [];
  const id = String(entry.id);
  const { routing } = held;
  const moved = routing !== undefined && routing !== entryRouting(index.record, entry);
  const lost = held.labels.filter((label) => !entry.labels.includes(label));
  return [
    ...(moved ? [{ delete: { _id: id, routing } }] : []),
    ...labelAliases(index, lost).map((alias) => ({ delete: { _index: alias, _id: id } })),
  ];
}

/** The lines that delete an entry everywhere. */
export function linesToDelete(index: OwnIndex, id: number, held: HeldDocument | undefined): object[] {
  return [
    { delete: { _id: String(id), routing: held?.routing } },
    ...labelAliases(index, held?.labels ?? []).map((alias) => ({
      delete: { _index: alias, _id: String(id) },
    })),
  ];
}

/** Whether entries have further documents, so that what is held of an entry must be known before it is written. */
export function hasFurtherDocuments({ record }: OwnIndex): boolean {
  return record.routeByLabel || (record.labelIndexes ?? []).length > 0;
}

function labelAliases({ base, record }: OwnIndex, labels: readonly string[]): string[] {
  const own = new Set(record.labelIndexes);
  return [...new Set(labels)]
    .filter((label) => own.has(label))
    .map((label) => ownAlias(labelIndexName(base, label)));
}
