import { Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import type { PageRows } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import type { CatalogueTransaction } from '../catalogue/transactions.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import { DuplicateDecision, type DecidedPair } from './duplicate-decision.ts';

/** Decisions about pairs of images of a dataset. */
@Injectable()
export class DuplicateDecisionRepository {
  private readonly db: Kysely<DatasetsTables>;

  constructor(database: Database) {
    this.db = database.tables<DatasetsTables>();
  }

  /** Differs whenever other pairs of the dataset are decided. */
  async version(datasetId: number): Promise<string> {
    const { count, newest } = await this.db
      .selectFrom('duplicate_decisions')
      .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.max('id').as('newest')])
      .where('dataset_id', '=', datasetId)
      .executeTakeFirstOrThrow();
    return `${count} ${newest ?? 0}`;
  }

  async count(datasetId: number): Promise<number> {
    const { count } = await this.db
      .selectFrom('duplicate_decisions')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('dataset_id', '=', datasetId)
      .executeTakeFirstOrThrow();
    return count;
  }

  /** A page of the decisions of a dataset, the oldest first. */
  async list(datasetId: number, { after, before, limit, backwards }: PageRows): Promise<DecidedPair[]> {
    let query = this.db
      .selectFrom('duplicate_decisions')
      .selectAll()
      .where('dataset_id', '=', datasetId)
      .orderBy('id', backwards ? 'desc' : 'asc')
      .limit(limit);
    if (after !== undefined) query = query.where('id', '>', after);
    if (before !== undefined) query = query.where('id', '<', before);
    return (await query.execute()).map((row) => ({
      id: row.id,
      imageIds: [row.image_id, row.other_image_id],
      decision: DuplicateDecision[row.decision as DuplicateDecision],
      decidedAt: new Date(row.decided_at),
    }));
  }

  /** All pairs of a dataset about which something has been decided. */
  async listPairs(datasetId: number): Promise<[number, number][]> {
    const rows = await this.db
      .selectFrom('duplicate_decisions')
      .select(['image_id', 'other_image_id'])
      .where('dataset_id', '=', datasetId)
      .execute();
    return rows.map((row) => [row.image_id, row.other_image_id]);
  }

  /** The pairs among these images, of any dataset, that are not duplicates. */
  async listNotDuplicates(imageIds: readonly number[]): Promise<[number, number][]> {
    const rows = await this.db
      .selectFrom('duplicate_decisions')
      .select(['image_id', 'other_image_id'])
      .where('decision', '=', DuplicateDecision.NOT_DUPLICATES)
      .where(areAmong(imageIds))
      .execute();
    return rows.map((row) => [row.image_id, row.other_image_id]);
  }

  /** Decides about all pairs among these images of a dataset, which must exist. */
  async decide(
    datasetId: number,
    imageIds: readonly number[],
    decision: DuplicateDecision,
    transaction: CatalogueTransaction,
  ): Promise<void> {
    const ids = JSON.stringify(imageIds);
    await sql`
      insert into duplicate_decisions (dataset_id, image_id, other_image_id, decision, decided_at)
      select ${datasetId}, one.value, other.value, ${decision}, ${Date.now()}
      from json_each(${ids}) as one join json_each(${ids}) as other on one.value < other.value
      where true
      on conflict (image_id, other_image_id)
      do update set decision = excluded.decision, decided_at = excluded.decided_at
      where decision <> excluded.decision`.execute(transaction);
  }

  /** Takes back the decisions about pairs among these images. Returns how many there were. */
  async undecide(imageIds: readonly number[], transaction: CatalogueTransaction): Promise<number> {
    const { numDeletedRows } = await transaction
      .deleteFrom('duplicate_decisions')
      .where(areAmong(imageIds))
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  async deleteOfImage(imageId: number, transaction: CatalogueTransaction): Promise<void> {
    await transaction
      .deleteFrom('duplicate_decisions')
      .where((eb) => eb.or([eb('image_id', '=', imageId), eb('other_image_id', '=', imageId)]))
      .execute();
  }
}

function areAmong(imageIds: readonly number[]) {
  const ids = JSON.stringify(imageIds);
  return sql<boolean>`image_id in (select value from json_each(${ids}))
    and other_image_id in (select value from json_each(${ids}))`;
}
