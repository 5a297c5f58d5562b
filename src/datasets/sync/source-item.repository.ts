import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import type { Attributes } from '../../filters/index.ts';
import type { CatalogueTransaction } from '../catalogue/transactions.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import type { SyncCounts } from './sync-counts.ts';

/** The maximum number of rows that one statement writes. */
const ROWS = 100;

/** What a source has brought for one image. */
export interface SourceItem {
  readonly externalId: string;
  /** The path or URL of the picture; null if it is not known. */
  readonly place: string | null;
  /** Of the bytes at that place: size and time of a file; null if it is not known. */
  readonly version: string | null;
  readonly sha256: string;
  readonly labels: readonly string[];
  readonly attributes: Attributes;
}

/** What the sources of datasets have brought. */
@Injectable()
export class SourceItemRepository {
  private readonly db: Kysely<DatasetsTables>;

  constructor(database: Database) {
    this.db = database.tables<DatasetsTables>();
  }

  /** The id of a source, and the number of a new pass over it. */
  async beginPass(
    datasetId: number,
    { key, root }: { readonly key: string; readonly root: string | null },
    transaction: CatalogueTransaction,
  ): Promise<{ readonly sourceId: number; readonly pass: number }> {
    const { id, last_pass } = await transaction
      .insertInto('import_sources')
      .values({ dataset_id: datasetId, key, root, last_pass: 1 })
      .onConflict((conflict) =>
        conflict
          .columns(['dataset_id', 'key'])
          .doUpdateSet((eb) => ({ root, last_pass: eb('import_sources.last_pass', '+', 1) })),
      )
      .returning(['id', 'last_pass'])
      .executeTakeFirstOrThrow();
    return { sourceId: id, pass: last_pass };
  }

  async findByExternalIds(
    sourceId: number,
    externalIds: readonly string[],
  ): Promise<Map<string, SourceItem>> {
    const found = new Map<string, SourceItem>();
    for (const chunk of chunksOf(externalIds, MAX_BOUND)) {
      const rows = await this.db
        .selectFrom('source_items')
        .selectAll()
        .where('source_id', '=', sourceId)
        .where('external_id', 'in', chunk)
        .execute();
      for (const row of rows) found.set(row.external_id, toItem(row));
    }
    return found;
  }

  /** Where sources of a dataset have brought these bytes from: up to ten places, with the folder of their source. */
  async listPlaces(
    datasetId: number,
    sha256: string,
  ): Promise<{ readonly place: string; readonly root: string | null }[]> {
    const rows = await this.db
      .selectFrom('source_items')
      .innerJoin('import_sources', 'import_sources.id', 'source_items.source_id')
      .select(['source_items.place', 'import_sources.root'])
      .where('import_sources.dataset_id', '=', datasetId)
      .where('source_items.sha256', '=', sha256)
      .limit(10)
      .execute();
    return rows.flatMap(({ place, root }) => (place === null ? [] : [{ place, root }]));
  }

  /** Writes what the source has brought, as seen by a pass. */
  async put(
    sourceId: number,
    pass: number,
    items: readonly SourceItem[],
    transaction: CatalogueTransaction,
  ): Promise<void> {
    for (const chunk of chunksOf(items, ROWS)) {
      const values = chunk.map(({ externalId, place, version, sha256, labels, attributes }) => ({
        source_id: sourceId,
        external_id: externalId,
        place,
        version,
        sha256,
        labels: JSON.stringify(labels),
        attributes: JSON.stringify(attributes),
        pass,
      }));
      await transaction
        .insertInto('source_items')
        .values(values)
        .onConflict((conflict) =>
          conflict.columns(['source_id', 'external_id']).doUpdateSet((eb) => ({
            place: eb.ref('excluded.place'),
            version: eb.ref('excluded.version'),
            sha256: eb.ref('excluded.sha256'),
            labels: eb.ref('excluded.labels'),
            attributes: eb.ref('excluded.attributes'),
            pass: eb.ref('excluded.pass'),
          })),
        )
        .execute();
    }
  }

  /** Notes that a pass has seen these items. */
  async markSeen(
    sourceId: number,
    pass: number,
    externalIds: readonly string[],
    transaction: CatalogueTransaction,
  ): Promise<void> {
    for (const chunk of chunksOf(externalIds, MAX_BOUND)) {
      await transaction
        .updateTable('source_items')
        .set({ pass })
        .where('source_id', '=', sourceId)
        .where('external_id', 'in', chunk)
        .execute();
    }
  }

  /** The number of items, and of those that no pass since `pass` has seen. */
  async count(sourceId: number, pass: number): Promise<{ readonly all: number; readonly vanished: number }> {
    const count = (from: number) =>
      this.db
        .selectFrom('source_items')
        .select((eb) => eb.fn.countAll<number>().as('items'))
        .where('source_id', '=', sourceId)
        .where('pass', '<', from)
        .executeTakeFirstOrThrow();
    const [all, vanished] = [await count(Number.MAX_SAFE_INTEGER), await count(pass)];
    return { all: all.items, vanished: vanished.items };
  }

  /** Some of the items that no pass since `pass` has seen. */
  async listVanished(sourceId: number, pass: number, limit: number): Promise<SourceItem[]> {
    const rows = await this.db
      .selectFrom('source_items')
      .selectAll()
      .where('source_id', '=', sourceId)
      .where('pass', '<', pass)
      .orderBy('pass')
      .limit(limit)
      .execute();
    return rows.map(toItem);
  }

  /** An item with these bytes that no pass since `pass` has seen. */
  async findVanished(sourceId: number, pass: number, sha256: string): Promise<SourceItem | undefined> {
    const row = await this.db
      .selectFrom('source_items')
      .selectAll()
      .where('source_id', '=', sourceId)
      .where('sha256', '=', sha256)
      .where('pass', '<', pass)
      .limit(1)
      .executeTakeFirst();
    return row && toItem(row);
  }

  async delete(
    sourceId: number,
    externalIds: readonly string[],
    transaction: CatalogueTransaction,
  ): Promise<void> {
    for (const chunk of chunksOf(externalIds, MAX_BOUND)) {
      await transaction
        .deleteFrom('source_items')
        .where('source_id', '=', sourceId)
        .where('external_id', 'in', chunk)
        .execute();
    }
  }

  /** Deletes up to `limit` items of a dataset, and its sources once there are none left. Resolves with how many items. */
  async deleteSome(datasetId: number, limit: number, transaction: CatalogueTransaction): Promise<number> {
    const source = await transaction
      .selectFrom('import_sources')
      .select('id')
      .where('dataset_id', '=', datasetId)
      .limit(1)
      .executeTakeFirst();
    await transaction.deleteFrom('sync_results').where('dataset_id', '=', datasetId).execute();
    if (source === undefined) return 0;
    const { numDeletedRows } = await transaction
      .deleteFrom('source_items')
      .where('id', 'in', (eb) =>
        eb.selectFrom('source_items').select('id').where('source_id', '=', source.id).limit(limit),
      )
      .executeTakeFirstOrThrow();
    if (Number(numDeletedRows) === limit) return limit;
    await transaction.deleteFrom('import_sources').where('id', '=', source.id).execute();
    // There may be another source.
    return limit;
  }

  async keepResult(
    jobId: number,
    datasetId: number,
    counts: SyncCounts,
    transaction: CatalogueTransaction,
  ): Promise<void> {
    const row = { dataset_id: datasetId, counts: JSON.stringify(counts) };
    await transaction
      .insertInto('sync_results')
      .values({ job_id: jobId, ...row })
      .onConflict((conflict) => conflict.column('job_id').doUpdateSet(row))
      .execute();
  }

  async findResult(jobId: number): Promise<SyncCounts | undefined> {
    const row = await this.db
      .selectFrom('sync_results')
      .select('counts')
      .where('job_id', '=', jobId)
      .executeTakeFirst();
    return row && (JSON.parse(row.counts) as SyncCounts);
  }
}

interface ItemRow {
  readonly external_id: string;
  readonly place: string | null;
  readonly version: string | null;
  readonly sha256: string;
  readonly labels: string;
  readonly attributes: string;
}

function toItem({ external_id, place, version, sha256, labels, attributes }: ItemRow): SourceItem {
  return {
    externalId: external_id,
    place,
    version,
    sha256,
    labels: JSON.parse(labels) as string[],
    attributes: JSON.parse(attributes) as Attributes,
  };
}
