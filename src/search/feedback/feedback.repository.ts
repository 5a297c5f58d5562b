import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import { chunksOf, MAX_BOUND, type PageRows } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import type { SearchTables } from '../search.tables.ts';
import { queryKeyOf, queryOfKey, type Feedback, type Verdict } from './feedback.ts';

/** The unit vector of a query under a model without its projection. */
export interface QueryFeatures {
  /** `ModelIdentity.key` */
  readonly model: string;
  readonly vector: Float32Array;
}

/** The number of verdicts that are deleted in one transaction. */
const SLICE = 1_000;

/** Stores verdicts, and the features of the pictures that they belong to. */
@Injectable()
export class FeedbackRepository {
  private readonly db: Kysely<SearchTables>;

  constructor(private readonly database: Database) {
    this.db = database.tables<SearchTables>();
  }

  /**
   * Writes a verdict in place of an earlier one about the same query and image, with the features of a picture that
   * may expire. Of each dataset, only the latest `most` verdicts are kept.
   */
  async put(
    { query, datasetId, imageId, verdict, clientKey, judgedAt }: Omit<Feedback, 'id'>,
    features: QueryFeatures | undefined,
    most: number,
  ): Promise<Feedback> {
    const key = queryKeyOf(query);
    return this.db.transaction().execute(async (transaction) => {
      // A new row, so that the order of ids is that of verdicts.
      await transaction
        .deleteFrom('feedback')
        .where('query', '=', key)
        .where('image_id', '=', imageId)
        .execute();
      const row = await transaction
        .insertInto('feedback')
        .values({
          dataset_id: datasetId,
          query: key,
          query_image_id: 'imageId' in query ? query.imageId : null,
          image_id: imageId,
          verdict,
          client_key: clientKey,
          judged_at: judgedAt.getTime(),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      if (features !== undefined) {
        const { model, vector } = features;
        const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
        await transaction
          .insertInto('feedback_features')
          .values({ query: key, model, vector: bytes })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
      const { rows } = await sql<{ id: number }>`
        select id from feedback where dataset_id = ${datasetId} order by id desc limit -1 offset ${most}`.execute(
        transaction,
      );
      await remove(
        transaction,
        rows.map(({ id }) => id),
      );
      return toFeedback(row);
    });
  }

  /** The verdicts of a dataset, oldest first. */
  async list(datasetId: number, { after, before, limit, backwards }: PageRows): Promise<Feedback[]> {
    let query = this.db.selectFrom('feedback').selectAll().where('dataset_id', '=', datasetId);
    if (after !== undefined) query = query.where('id', '>', after);
    if (before !== undefined) query = query.where('id', '<', before);
    const rows = await query
      .orderBy('id', backwards ? 'desc' : 'asc')
      .limit(limit)
      .execute();
    return rows.map(toFeedback);
  }

  async count(datasetId: number): Promise<number> {
    const { verdicts } = await this.db
      .selectFrom('feedback')
      .select((eb) => eb.fn.countAll<number>().as('verdicts'))
      .where('dataset_id', '=', datasetId)
      .executeTakeFirstOrThrow();
    return verdicts;
  }

  /** All models under which features of the query are kept. */
  async featuresOf(query: string): Promise<QueryFeatures[]> {
    const rows = await this.db
      .selectFrom('feedback_features')
      .select(['model', 'vector'])
      .where('query', '=', query)
      .execute();
    // The driver's bytes may not be aligned as floats have to be.
    return rows.map(({ model, vector }) => ({
      model,
      vector: new Float32Array(Uint8Array.from(vector).buffer),
    }));
  }

  /** Deletes verdicts and returns the ids of those that existed. */
  async delete(ids: readonly number[]): Promise<number[]> {
    return this.database.makingRoom(() =>
      this.db.transaction().execute((transaction) => remove(transaction, ids)),
    );
  }

  /** Those of the images that have been judged or judged with. */
  async judgedAmong(imageIds: readonly number[]): Promise<number[]> {
    const asked = JSON.stringify(imageIds);
    const { rows } = await sql<{ id: number }>`
      select value as id from json_each(${asked}) where exists (
        select 1 from feedback where feedback.image_id = value or feedback.query_image_id = value
      )`.execute(this.db);
    return rows.map(({ id }) => id);
  }

  /** Deletes the verdicts about these images, and those of searches with them. */
  async deleteOfImages(imageIds: readonly number[]): Promise<void> {
    for (const some of chunksOf(imageIds, Math.floor(MAX_BOUND / 2))) {
      await this.database.makingRoom(() =>
        this.db.transaction().execute(async (transaction) => {
          const rows = await transaction
            .selectFrom('feedback')
            .select('id')
            .where((eb) => eb.or([eb('image_id', 'in', some), eb('query_image_id', 'in', some)]))
            .execute();
          await remove(
            transaction,
            rows.map(({ id }) => id),
          );
        }),
      );
    }
  }

  /** Deletes all verdicts of a dataset, in slices, so that other writers get their turns. */
  async deleteOfDataset(datasetId: number): Promise<void> {
    for (;;) {
      const removed = await this.database.makingRoom(() =>
        this.db.transaction().execute(async (transaction) => {
          const rows = await transaction
            .selectFrom('feedback')
            .select('id')
            .where('dataset_id', '=', datasetId)
            .limit(SLICE)
            .execute();
          const ids = rows.map(({ id }) => id);
          return remove(transaction, ids);
        }),
      );
      if (removed.length < SLICE) return;
    }
  }
}

/** Features go with the last verdict of their query. */
async function remove(transaction: Transaction<SearchTables>, ids: readonly number[]): Promise<number[]> {
  const removed: number[] = [];
  for (const some of chunksOf(ids, MAX_BOUND)) {
    const rows = await transaction
      .deleteFrom('feedback')
      .where('id', 'in', some)
      .returning(['id', 'query'])
      .execute();
    removed.push(...rows.map(({ id }) => id));
    const queries = JSON.stringify([...new Set(rows.map(({ query }) => query))]);
    await sql`
      delete from feedback_features where query in (select value from json_each(${queries}))
      and not exists (select 1 from feedback where feedback.query = feedback_features.query)`.execute(
      transaction,
    );
  }
  return removed;
}

function toFeedback(row: Selectable<SearchTables['feedback']>): Feedback {
  return {
    id: row.id,
    datasetId: row.dataset_id,
    query: queryOfKey(row.query),
    imageId: row.image_id,
    verdict: row.verdict as Verdict,
    clientKey: row.client_key,
    judgedAt: new Date(row.judged_at),
  };
}
