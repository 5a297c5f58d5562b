import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database, valuesOfJson, type PreparedRead } from '../../database/index.ts';
import type { CatalogueTransaction } from '../catalogue/transactions.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import type { IntakeFailure } from '../import/image-intake.ts';

/** The maximum number of rows that one statement writes. */
const ROWS = 100;

export interface KeptFailure extends IntakeFailure {
  readonly id: number;
}

/** Why images of sources failed when they were last tried. */
@Injectable()
export class SourceFailureRepository {
  private readonly db: Kysely<DatasetsTables>;
  private readonly failuresOf: PreparedRead<KeptFailure>;

  constructor(database: Database) {
    this.db = database.tables<DatasetsTables>();
    this.failuresOf = database.reads.prepare(
      this.db
        .selectFrom('source_failures')
        .select(['id', 'external_id as externalId', 'place', 'version', 'judged_by as judgedBy'])
        .select(['code', 'message'])
        .where('source_id', '=', 0)
        .where('external_id', 'in', valuesOfJson<string>()),
    );
  }

  /** Those of the images that have failed, by external id. */
  find(sourceId: number, externalIds: readonly string[]): Map<string, KeptFailure> {
    const failures = this.failuresOf(sourceId, JSON.stringify(externalIds));
    return new Map(failures.map((failure) => [failure.externalId, failure]));
  }

  /** Writes failures in place of earlier ones. Resolves with the ids of the rows. */
  async put(
    sourceId: number,
    failures: readonly IntakeFailure[],
    transaction: CatalogueTransaction,
  ): Promise<number[]> {
    const ids: number[] = [];
    for (const chunk of chunksOf(failures, ROWS)) {
      const values = chunk.map(({ externalId, place, version, judgedBy, code, message }) => ({
        source_id: sourceId,
        external_id: externalId,
        place,
        version,
        judged_by: judgedBy,
        code,
        message,
      }));
      const rows = await transaction
        .insertInto('source_failures')
        .values(values)
        .onConflict((conflict) =>
          conflict.columns(['source_id', 'external_id']).doUpdateSet((eb) => ({
            place: eb.ref('excluded.place'),
            version: eb.ref('excluded.version'),
            judged_by: eb.ref('excluded.judged_by'),
            code: eb.ref('excluded.code'),
            message: eb.ref('excluded.message'),
          })),
        )
        .returning('id')
        .execute();
      for (const { id } of rows) ids.push(id);
    }
    return ids;
  }

  /** The ids of the next failures of a source, ascending. */
  async listIds(sourceId: number, after: number, limit: number): Promise<number[]> {
    const rows = await this.db
      .selectFrom('source_failures')
      .select('id')
      .where('source_id', '=', sourceId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  }

  async delete(ids: readonly number[], transaction: CatalogueTransaction): Promise<void> {
    for (const chunk of chunksOf(ids, MAX_BOUND))
      await transaction.deleteFrom('source_failures').where('id', 'in', chunk).execute();
  }

  /** Deletes up to `limit` failures of the sources of a dataset. Resolves with how many. */
  async deleteSome(datasetId: number, limit: number, transaction: CatalogueTransaction): Promise<number> {
    const { numDeletedRows } = await transaction
      .deleteFrom('source_failures')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('source_failures')
          .select('id')
          .where('source_id', 'in', (sources) =>
            sources.selectFrom('import_sources').select('id').where('dataset_id', '=', datasetId),
          )
          .limit(limit),
      )
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }
}
