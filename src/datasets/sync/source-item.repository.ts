import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database, valuesOfJson, type PreparedRead } from '../../database/index.ts';
import type { Attributes } from '../../filters/index.ts';
import type { CatalogueTransaction } from '../catalogue/transactions.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import { completeCounts, type SyncCounts } from './sync-counts.ts';

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
  /** The last change of the image, if with it the image is as the source says; null if it is not, or not known to be so. */
  readonly imageChange: number | null;
}

/** What the sources of datasets have brought. */
@Injectable()
export class SourceItemRepository {
  private readonly db: Kysely<DatasetsTables>;
  private readonly rowsOf: PreparedRead<SourceItemRow>;

  constructor(database: Database) {
    this.db = database.tables<DatasetsTables>();
    this.rowsOf = database.reads.prepare(
      this.withChanges().where('source_id', '=', 0).where('external_id', 'in', valuesOfJson<string>()),
    );
  }

  /** The id of a source. */
  async openSource(
    datasetId: number,
    { key, root }: { readonly key: string; readonly root: string | null },
    transaction: CatalogueTransaction,
  ): Promise<number> {
    const { id } = await transaction
      .insertInto('import_sources')
      .values({ dataset_id: datasetId, key, root })
      .onConflict((conflict) => conflict.columns(['dataset_id', 'key']).doUpdateSet({ root }))
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  /** As they are written, so that most of them need not be parsed. */
  findRows(sourceId: number, externalIds: readonly string[]): Map<string, SourceItemRow> {
    const rows = this.rowsOf(sourceId, JSON.stringify(externalIds));
    return new Map(rows.map((row) => [row.external_id, row]));
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

  /** Writes what the source has brought. Resolves with the ids of the rows. */
  async put(
    sourceId: number,
    items: readonly SourceItem[],
    transaction: CatalogueTransaction,
  ): Promise<number[]> {
    const ids: number[] = [];
    for (const chunk of chunksOf(items, ROWS)) {
      const values = chunk.map(({ externalId, place, version, sha256, labels, attributes, imageChange }) => ({
        source_id: sourceId,
        external_id: externalId,
        place,
        version,
        sha256,
        labels: JSON.stringify(labels),
        attributes: JSON.stringify(attributes),
        image_change: imageChange,
      }));
      const rows = await transaction
        .insertInto('source_items')
        .values(values)
        .onConflict((conflict) =>
          conflict.columns(['source_id', 'external_id']).doUpdateSet((eb) => ({
            place: eb.ref('excluded.place'),
            version: eb.ref('excluded.version'),
            sha256: eb.ref('excluded.sha256'),
            labels: eb.ref('excluded.labels'),
            attributes: eb.ref('excluded.attributes'),
            image_change: eb.ref('excluded.image_change'),
          })),
        )
        .returning('id')
        .execute();
      for (const { id } of rows) ids.push(id);
    }
    return ids;
  }

  async count(sourceId: number): Promise<number> {
    const { items } = await this.db
      .selectFrom('source_items')
      .select((eb) => eb.fn.countAll<number>().as('items'))
      .where('source_id', '=', sourceId)
      .executeTakeFirstOrThrow();
    return items;
  }

  /** The next items of a source, in the order of their external ids. */
  async listNames(
    sourceId: number,
    after: string | undefined,
    limit: number,
  ): Promise<{ readonly id: number; readonly externalId: string }[]> {
    let query = this.db
      .selectFrom('source_items')
      .select(['id', 'external_id as externalId'])
      .where('source_id', '=', sourceId);
    if (after !== undefined) query = query.where('external_id', '>', after);
    return query.orderBy('external_id').limit(limit).execute();
  }

  /** The next items of a source with these bytes, in the order of their ids. */
  async listWithBytes(
    sourceId: number,
    sha256: string,
    after: number,
    limit: number,
  ): Promise<SourceItemRow[]> {
    return this.withChanges()
      .where('source_id', '=', sourceId)
      .where('sha256', '=', sha256)
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  /** The next items of a source whose places have versions as lists of objects do, in the order of their ids. */
  async listObjects(
    sourceId: number,
    after: number,
    limit: number,
  ): Promise<{ readonly id: number; readonly version: string | null }[]> {
    return this.db
      .selectFrom('source_items')
      .select(['id', 'version'])
      .where('source_id', '=', sourceId)
      .where('version', 'like', '{%')
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  async findRow(id: number): Promise<SourceItemRow | undefined> {
    return this.withChanges().where('source_items.id', '=', id).executeTakeFirst();
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
    return row && completeCounts(JSON.parse(row.counts) as Partial<SyncCounts>);
  }

  private withChanges() {
    return this.db
      .selectFrom('source_items')
      .leftJoin('image_changes', 'image_changes.change', 'source_items.image_change')
      .select([
        'source_items.id',
        'source_items.external_id',
        'source_items.place',
        'source_items.version',
        'source_items.sha256',
        'source_items.labels',
        'source_items.attributes',
        'image_changes.change as image_change',
      ]);
  }
}

/** An item as it is written. */
export interface SourceItemRow {
  readonly id: number;
  readonly external_id: string;
  readonly place: string | null;
  readonly version: string | null;
  readonly sha256: string;
  readonly labels: string;
  readonly attributes: string;
  /** Null if the image has changed since. */
  readonly image_change: number | null;
}

export function toItem(row: SourceItemRow): SourceItem {
  return {
    externalId: row.external_id,
    place: row.place,
    version: row.version,
    sha256: row.sha256,
    labels: JSON.parse(row.labels) as string[],
    attributes: JSON.parse(row.attributes) as Attributes,
    imageChange: row.image_change,
  };
}
