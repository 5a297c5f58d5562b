import { type AppError, chunksFrom, chunksOf } from '../../../../common/index.ts';
import { searchUnavailable, vectorInvalid, vectorRejected } from '../../../search.errors.ts';
import type { EntryFacts, RejectedEntry, VectorEntry } from '../../vector-index.port.ts';
import type { ClusterSession } from '../cluster-session.ts';
import type { OwnIndex } from '../indexes/index-record.ts';
import {
  documentsOf,
  hasFurtherDocuments,
  linesToDelete,
  linesToTidy,
  linesToWrite,
  type PlacedDocument,
} from './bulk-lines.ts';
import { sendBulk } from './bulk-request.ts';
import { assertFactsUsable, assertUsable, newAttributes } from './documents.ts';
import { heldDocuments, heldVectors, type HeldDocument } from './held-documents.ts';

/** The number of entries in a bulk request, except for `load`, which leaves that to the client library. */
const CHUNK = 200;
/** How often facts are written again because another process has written the entry meanwhile. */
const UPDATES = 5;

/**
 * Writes, updates and deletes entries: the document in the index itself, and in the same request those in the indexes
 * of its labels. If documents are routed by label, an entry whose label changes moves to another shard, so the
 * document on the old shard is deleted.
 */
export class DocumentWriter {
  private readonly session: ClusterSession;

  constructor(session: ClusterSession) {
    this.session = session;
  }

  async upsert(name: string, entries: readonly VectorEntry[]): Promise<void> {
    const index = await this.prepare(name, entries, assertUsable);
    for (const some of chunksOf(lastOfEachId(entries), CHUNK)) {
      const held = await this.heldOf(index, some);
      await sendBulk(
        this.session,
        name,
        some.flatMap((entry) => [
          ...linesToTidy(index, entry, held.get(entry.id)),
          ...linesToWrite(index, entry),
        ]),
      );
    }
    await this.nameLabels(index, labelsOf(entries));
  }

  async update(name: string, facts: readonly EntryFacts[]): Promise<void> {
    const index = await this.prepare(name, facts, assertFactsUsable);
    if (facts.length === 0) return;
    await this.refresh(index);
    for (const some of chunksOf(lastOfEachId(facts), CHUNK)) await this.updateSome(index, some);
    await this.nameLabels(index, labelsOf(facts));
  }

  async load(name: string, entries: AsyncIterable<VectorEntry>): Promise<RejectedEntry[]> {
    const { client, admin } = this.session;
    let index = await this.prepare(name, [], assertUsable);
    const rejected = new Map<string, RejectedEntry>();
    const labels = new Set<string>();
    const externalIds = new Map<string, string>();
    const reject = ({ id, externalId }: EntryFacts, { code, message }: AppError) =>
      rejected.set(String(id), { id, externalId, code, message });
    const documents = async function* (this: DocumentWriter): AsyncGenerator<PlacedDocument> {
      for await (const some of chunksFrom(entries, CHUNK)) {
        const usable: VectorEntry[] = [];
        for (const entry of lastOfEachId(some)) {
          try {
            index = await this.withFields(index, [entry], assertUsable);
            usable.push(entry);
          } catch (error) {
            if (!isOfEntry(error)) throw error;
            reject(entry, error);
          }
        }
        const held = await this.heldOf(index, usable);
        await sendBulk(
          this.session,
          name,
          usable.flatMap((entry) => linesToTidy(index, entry, held.get(entry.id))),
        );
        for (const entry of usable) {
          for (const label of entry.labels) labels.add(label);
          externalIds.set(String(entry.id), entry.externalId);
          yield* documentsOf(index, entry);
        }
      }
    }.bind(this);
    await this.session.attempt(name, () =>
      client.load(admin.nameOf(name), documents(), ({ id, type, reason }) => {
        const externalId = externalIds.get(id);
        if (externalId === undefined) throw new Error(`The server has rejected ${id}, which was not sent`);
        const message = `${client.product} rejected it (${type}): ${reason}.`;
        rejected.set(id, { id: Number(id), externalId, code: vectorRejected.code, message });
      }),
    );
    await this.nameLabels(index, labels);
    return [...rejected.values()];
  }

  async delete(name: string, ids: readonly number[]): Promise<void> {
    const index = await this.session.readIndex(name);
    if (hasFurtherDocuments(index)) await this.refresh(index);
    for (const some of chunksOf(ids, CHUNK)) {
      const held = await this.heldOf(
        index,
        some.map((id) => ({ id })),
      );
      await sendBulk(
        this.session,
        name,
        some.flatMap((id) => linesToDelete(index, id, held.get(id))),
      );
    }
  }

  /** Reads the index as it is now, since another process may have added label indexes or fields, and adds fields. */
  private async prepare<Entry extends EntryFacts>(
    name: string,
    entries: readonly Entry[],
    assertEach: (index: OwnIndex, entry: Entry) => void,
  ): Promise<OwnIndex> {
    const index = await this.withFields(await this.session.readIndex(name), entries, assertEach);
    // The search for what is held must see what `load` has written.
    if (hasFurtherDocuments(index)) await this.refresh(index);
    return index;
  }

  /** Adds fields for new attributes once every entry has been found usable. */
  private async withFields<Entry extends EntryFacts>(
    index: OwnIndex,
    entries: readonly Entry[],
    assertEach: (index: OwnIndex, entry: Entry) => void,
  ): Promise<OwnIndex> {
    const types = newAttributes(index, entries);
    const extended = { ...index, attributes: { ...index.attributes, ...types } };
    for (const entry of entries) assertEach(extended, entry);
    if (index.hasCurrentFields && Object.keys(types).length === 0) return index;
    const { name } = index.record;
    await this.session.attempt(name, () => this.session.admin.addFields(index, types));
    const current = { ...extended, hasCurrentFields: true };
    this.session.remember(name, current);
    return current;
  }

  /** Writes the documents again with their vectors, which are not in the source that the server could update. */
  private async updateSome(index: OwnIndex, facts: readonly EntryFacts[]): Promise<void> {
    const { name } = index.record;
    let rest = facts;
    for (let attempt = 1; rest.length > 0; attempt += 1) {
      const held = await heldVectors(
        this.session,
        name,
        rest.map(({ id }) => id),
      );
      const lines = rest.flatMap((one) => {
        const document = held.get(one.id);
        if (document === undefined) return [];
        const entry = { ...one, vector: document.vector };
        // A document that moves to another shard is new there.
        const isMoved = index.record.routeByLabel && !document.labels.includes(one.labels[0]!);
        return [
          ...linesToTidy(index, entry, document),
          ...linesToWrite(index, entry, isMoved ? undefined : document.version),
        ];
      });
      const outdated = new Set(await sendBulk(this.session, name, lines));
      rest = rest.filter(({ id }) => outdated.has(String(id)));
      if (rest.length > 0 && attempt === UPDATES) {
        throw searchUnavailable(`other processes keep changing ${rest.length} images of "${name}"`);
      }
    }
  }

  private async heldOf(
    index: OwnIndex,
    entries: readonly { readonly id: number }[],
  ): Promise<Map<number, HeldDocument>> {
    if (!hasFurtherDocuments(index) || entries.length === 0) return new Map();
    return heldDocuments(
      this.session,
      index.record.name,
      entries.map(({ id }) => id),
    );
  }

  private async refresh({ record: { name } }: OwnIndex): Promise<void> {
    await this.session.attempt(name, () => this.session.admin.refresh(name));
  }

  private async nameLabels({ record }: OwnIndex, labels: ReadonlySet<string>): Promise<void> {
    if (record.dataset === undefined) return;
    const named = new Set(Object.values(record.labels));
    const unnamed = [...labels].filter((label) => !named.has(label));
    if (unnamed.length === 0) return;
    const updated = await this.session.attempt(record.name, (serverVersion) =>
      this.session.admin.nameLabels(record.name, unnamed, serverVersion),
    );
    this.session.remember(record.name, updated);
  }
}

/** Whether the error concerns an entry, as opposed to the index or the server. */
function isOfEntry(error: unknown): error is AppError {
  return vectorInvalid.is(error) || vectorRejected.is(error);
}

function lastOfEachId<Entry extends EntryFacts>(entries: readonly Entry[]): Entry[] {
  return [...new Map(entries.map((entry) => [entry.id, entry])).values()];
}

function labelsOf(entries: readonly EntryFacts[]): Set<string> {
  return new Set(entries.flatMap(({ labels }) => labels));
}
