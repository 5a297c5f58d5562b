import { setImmediate } from 'node:timers/promises';
import { sql, type Kysely, type Transaction } from 'kysely';
import { chunksOf } from '../../../../common/index.ts';
import type { Database } from '../../../../database/index.ts';
import { vectorIndexMismatch, vectorIndexNotFound } from '../../../search.errors.ts';
import type { EntryFacts, VectorEntry, VectorIndexSpec } from '../../vector-index.port.ts';
import { encodeAttributes } from './stored-attributes.ts';
import type { VectorTables } from './vector-tables.ts';

const CHUNK_ROWS = 250;

/** Writes the tables of the embedded index, each change in one transaction. */
export class VectorWriter {
  private readonly db: Kysely<VectorTables>;

  constructor(private readonly database: Database) {
    this.db = database.tables<VectorTables>();
  }

  /** Creates the index. Returns false if it exists already. */
  async create(spec: VectorIndexSpec): Promise<boolean> {
    const { name, dimension, model } = spec;
    return this.db.transaction().execute(async (trx) => {
      const there = await trx
        .selectFrom('vector_indexes')
        .select(['dimension', 'model'])
        .where('name', '=', name)
        .executeTakeFirst();
      if (there === undefined) {
        await trx.insertInto('vector_indexes').values({ name, dimension, model }).execute();
        return true;
      }
      if (there.dimension !== dimension || there.model !== model) {
        throw vectorIndexMismatch(name, there, spec);
      }
      return false;
    });
  }

  /** Deletes the index with the first statement, and then its entries bit by bit. */
  async drop(name: string, signal?: AbortSignal): Promise<void> {
    const dropping = this.db.deleteFrom('vector_indexes').where('name', '=', name).returning('id');
    const dropped = await this.database.makingRoom(() => dropping.executeTakeFirst());
    if (dropped !== undefined) await this.purge(dropped.id, signal);
    // An earlier drop of it may have been interrupted.
    else await this.purgeDropped(signal);
  }

  /** Deletes what an interrupted drop has left behind. */
  async purgeDropped(signal?: AbortSignal): Promise<void> {
    const orphans = await this.db
      .selectFrom('vector_entries')
      .select('index_id')
      .distinct()
      .where('index_id', 'not in', (query) => query.selectFrom('vector_indexes').select('id'))
      .execute();
    for (const { index_id: index } of orphans) await this.purge(index, signal);
  }

  async upsert(name: string, entries: readonly VectorEntry[]): Promise<void> {
    const latest = [...new Map(entries.map((entry) => [entry.id, entry])).values()];
    await this.change(name, async (trx, index) => {
      const removed = await remove(
        trx,
        index,
        latest.map(({ id }) => id),
      );
      for (const chunk of chunksOf(latest, CHUNK_ROWS)) {
        const rows = await trx
          .insertInto('vector_entries')
          .values(
            chunk.map((entry) => ({
              index_id: index,
              image_id: entry.id,
              labels: JSON.stringify(entry.labels),
              attributes: encodeAttributes(entry.attributes ?? {}),
              external_id: entry.externalId,
            })),
          )
          .returning(['id', 'image_id'])
          .execute();
        const ids = new Map(rows.map((row) => [row.image_id, row.id]));
        const idOf = (imageId: number) => {
          const id = ids.get(imageId);
          if (id === undefined) throw new Error(`The entry of image ${imageId} was not inserted`);
          return id;
        };
        await trx
          .insertInto('vector_values')
          .values(chunk.map((entry) => ({ id: idOf(entry.id), vector: toBlob(entry.vector) })))
          .execute();
        // Thousands of vectors in one transaction must not block the server in the meantime.
        await setImmediate();
      }
      return latest.length - removed;
    });
  }

  /** Replaces the facts of those entries that exist. */
  async update(name: string, facts: readonly EntryFacts[]): Promise<void> {
    const latest = [...new Map(facts.map((one) => [one.id, one])).values()];
    await this.change(name, async (trx, index, change) => {
      for (const chunk of chunksOf(latest, CHUNK_ROWS)) {
        const rows = chunk.map(({ id, labels, attributes = {}, externalId }) => [
          id,
          JSON.stringify(labels),
          encodeAttributes(attributes),
          externalId,
        ]);
        // Not UPDATE … FROM, which reads all entries of the index for it: a cross join looks each one up.
        await sql`
          insert into vector_entries (id, index_id, image_id, labels, attributes, external_id, updated)
          select entry.id, entry.index_id, entry.image_id,
            fact.value ->> 1, fact.value ->> 2, fact.value ->> 3, ${change}
          from json_each(${JSON.stringify(rows)}) as fact cross join vector_entries as entry
          where entry.index_id = ${index} and entry.image_id = fact.value ->> 0
            and (entry.labels, entry.attributes, entry.external_id)
              is not (fact.value ->> 1, fact.value ->> 2, fact.value ->> 3)
          on conflict (id) do update set labels = excluded.labels, attributes = excluded.attributes,
            external_id = excluded.external_id, updated = excluded.updated
        `.execute(trx);
        await setImmediate();
      }
      return 0;
    });
  }

  async delete(name: string, imageIds: readonly number[]): Promise<void> {
    const ids = [...new Set(imageIds)];
    await this.database.makingRoom(() =>
      this.change(name, async (trx, index) => -(await remove(trx, index, ids))),
    );
  }

  /**
   * Puts a build in use and purges removals that are no longer needed: a copy in memory that follows the previous
   * build can still catch up. Returns false if the index has been dropped.
   */
  async commitBuild(index: number, build: string | null, lastRemoval: number): Promise<boolean> {
    return this.db.transaction().execute(async (trx) => {
      const row = await trx
        .selectFrom('vector_indexes')
        .select('build_removal')
        .where('id', '=', index)
        .executeTakeFirst();
      if (row === undefined) return false;
      await trx
        .updateTable('vector_indexes')
        .set({ build, build_removal: lastRemoval, purged_to: row.build_removal })
        .where('id', '=', index)
        .execute();
      await trx
        .deleteFrom('vector_removals')
        .where('index_id', '=', index)
        .where('id', '<=', row.build_removal)
        .execute();
      return true;
    });
  }

  /** `work` is given the index and the number of the change. It returns by how many entries the index has grown; negative if it has shrunk. */
  private async change(
    name: string,
    work: (trx: Transaction<VectorTables>, index: number, change: number) => Promise<number>,
  ): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      const row = await trx
        .selectFrom('vector_indexes')
        .select(['id', 'last_change'])
        .where('name', '=', name)
        .executeTakeFirst();
      if (row === undefined) throw vectorIndexNotFound(name);
      const change = row.last_change + 1;
      const growth = await work(trx, row.id, change);
      await trx
        .updateTable('vector_indexes')
        .set((column) => ({
          entry_count: column('entry_count', '+', growth),
          last_change: change,
        }))
        .where('id', '=', row.id)
        .execute();
    });
  }

  private async purge(index: number, signal?: AbortSignal): Promise<void> {
    const forgetting = this.db.deleteFrom('vector_removals').where('index_id', '=', index);
    await this.database.makingRoom(() => forgetting.execute());
    for (;;) {
      signal?.throwIfAborted();
      const entries = await this.db
        .selectFrom('vector_entries')
        .select('id')
        .where('index_id', '=', index)
        .limit(CHUNK_ROWS)
        .execute();
      if (entries.length === 0) return;
      const ids = entries.map(({ id }) => id);
      await this.database.makingRoom(() =>
        this.db.transaction().execute(async (trx) => {
          await trx.deleteFrom('vector_values').where('id', 'in', ids).execute();
          await trx.deleteFrom('vector_entries').where('id', 'in', ids).execute();
        }),
      );
      await setImmediate();
    }
  }
}

/** Removes the entries of the images and returns how many there were. */
async function remove(
  trx: Transaction<VectorTables>,
  index: number,
  imageIds: readonly number[],
): Promise<number> {
  let removed = 0;
  for (const chunk of chunksOf(imageIds, CHUNK_ROWS)) {
    const rows = await trx
      .deleteFrom('vector_entries')
      .where('index_id', '=', index)
      .where('image_id', 'in', chunk)
      .returning('id')
      .execute();
    if (rows.length === 0) continue;
    await trx
      .deleteFrom('vector_values')
      .where(
        'id',
        'in',
        rows.map(({ id }) => id),
      )
      .execute();
    await trx
      .insertInto('vector_removals')
      .values(rows.map(({ id }) => ({ index_id: index, entry_id: id })))
      .execute();
    removed += rows.length;
  }
  return removed;
}

/** The bytes of a vector, without copying them. */
function toBlob(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}
