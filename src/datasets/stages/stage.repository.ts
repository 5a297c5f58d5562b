import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type Selectable } from 'kysely';
import { Database } from '../../database/index.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import type { Stage } from './stage.ts';

/** What all stages hold together. */
export interface StageTotals {
  readonly stages: number;
  readonly bytes: number;
}

/** The rows of stages, which say how much is in each. */
@Injectable()
export class StageRepository {
  private readonly db: Kysely<DatasetsTables>;

  constructor(private readonly database: Database) {
    this.db = database.tables<DatasetsTables>();
  }

  /** Adds an empty stage unless there are `most` already. */
  async insert(id: string, expiresAt: Date, most: number): Promise<boolean> {
    return this.db.transaction().execute(async (transaction) => {
      const { stages } = await totals(transaction);
      if (stages >= most) return false;
      const row = { id, files: 0, bytes: 0, claim: null, expires_at: expiresAt.getTime() };
      await transaction.insertInto('stages').values(row).execute();
      return true;
    });
  }

  /** With what has claimed it, if anything has. */
  async find(id: string): Promise<(Stage & { readonly claim: string | null }) | undefined> {
    const row = await this.db.selectFrom('stages').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  }

  /**
   * Counts files in, if `allows` accepts what the stage and all stages would hold then, and moves its expiry.
   * `missing` if the stage is gone or has been claimed.
   */
  async grow(
    id: string,
    added: { readonly files: number; readonly bytes: number },
    expiresAt: Date,
    allows: (stage: Stage, all: StageTotals) => boolean,
  ): Promise<'grown' | 'full' | 'missing'> {
    return this.db.transaction().execute(async (transaction) => {
      const row = await transaction
        .updateTable('stages')
        .set((eb) => ({
          files: eb('files', '+', added.files),
          bytes: eb('bytes', '+', added.bytes),
          expires_at: expiresAt.getTime(),
        }))
        .where('id', '=', id)
        .where('claim', 'is', null)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return 'missing';
      if (allows(fromRow(row), await totals(transaction))) return 'grown';
      await transaction
        .updateTable('stages')
        .set((eb) => ({ files: eb('files', '-', added.files), bytes: eb('bytes', '-', added.bytes) }))
        .where('id', '=', id)
        .execute();
      return 'full';
    });
  }

  /** Keeps a stage for an import until then. False if it is gone or another import has claimed it. */
  async claim(id: string, claim: string, expiresAt: Date): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable('stages')
      .set({ claim, expires_at: expiresAt.getTime() })
      .where('id', '=', id)
      .where((eb) => eb.or([eb('claim', 'is', null), eb('claim', '=', claim)]))
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  async release(id: string, expiresAt: Date): Promise<void> {
    await this.db
      .updateTable('stages')
      .set({ claim: null, expires_at: expiresAt.getTime() })
      .where('id', '=', id)
      .execute();
  }

  async delete(id: string): Promise<boolean> {
    const { numDeletedRows } = await this.database.makingRoom(() =>
      this.db.deleteFrom('stages').where('id', '=', id).executeTakeFirstOrThrow(),
    );
    return numDeletedRows > 0n;
  }

  async listExpired(now: Date): Promise<string[]> {
    const rows = await this.db
      .selectFrom('stages')
      .select('id')
      .where('expires_at', '<=', now.getTime())
      .execute();
    return rows.map(({ id }) => id);
  }

  async listIds(): Promise<Set<string>> {
    return new Set((await this.db.selectFrom('stages').select('id').execute()).map(({ id }) => id));
  }
}

async function totals(db: Kysely<DatasetsTables>): Promise<StageTotals> {
  return db
    .selectFrom('stages')
    .select((eb) => [eb.fn.countAll<number>().as('stages'), sql<number>`coalesce(sum(bytes), 0)`.as('bytes')])
    .executeTakeFirstOrThrow();
}

function fromRow({
  expires_at,
  ...row
}: Selectable<DatasetsTables['stages']>): Stage & { readonly claim: string | null } {
  return { ...row, expiresAt: new Date(expires_at) };
}
