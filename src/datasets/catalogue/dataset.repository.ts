import { Injectable } from '@nestjs/common';
import type { Kysely, Selectable } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database, inPage } from '../../database/index.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import type { Dataset, PageRequest } from './datasets.ts';
import type { CatalogueTransaction } from './transactions.ts';

/** The rows of datasets. */
@Injectable()
export class DatasetRepository {
  private readonly db: Kysely<DatasetsTables>;

  constructor(database: Database) {
    this.db = database.tables<DatasetsTables>();
  }

  async findById(id: number, db: Kysely<DatasetsTables> = this.db): Promise<Dataset | undefined> {
    const row = await db.selectFrom('datasets').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toDataset(row);
  }

  async findByName(name: string, db: Kysely<DatasetsTables> = this.db): Promise<Dataset | undefined> {
    const row = await db.selectFrom('datasets').selectAll().where('name', '=', name).executeTakeFirst();
    return row && toDataset(row);
  }

  async list(page: PageRequest): Promise<Dataset[]> {
    const query = inPage(this.db.selectFrom('datasets').selectAll(), 'id', page);
    return (await query.execute()).map(toDataset);
  }

  /** The sorted names of those of the datasets that exist. */
  async listNames(ids: readonly number[]): Promise<string[]> {
    const names: string[] = [];
    for (const chunk of chunksOf(ids, MAX_BOUND)) {
      const rows = await this.db.selectFrom('datasets').select('name').where('id', 'in', chunk).execute();
      names.push(...rows.map(({ name }) => name));
    }
    return names.sort();
  }

  async listAllNames(): Promise<string[]> {
    const rows = await this.db.selectFrom('datasets').select('name').orderBy('name').execute();
    return rows.map(({ name }) => name);
  }

  async count(): Promise<number> {
    const { datasets } = await this.db
      .selectFrom('datasets')
      .select((eb) => eb.fn.countAll<number>().as('datasets'))
      .executeTakeFirstOrThrow();
    return datasets;
  }

  /** Inserts a dataset with the given id, or a new one. */
  async insert(
    dataset: { readonly id?: number; readonly name: string },
    transaction: CatalogueTransaction,
  ): Promise<Dataset> {
    const row = await transaction
      .insertInto('datasets')
      .values({ ...dataset, created_at: Date.now() })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toDataset(row);
  }

  /** Deletes the row. Rejects if images or labels still refer to it. */
  async delete(id: number, db: Kysely<DatasetsTables> = this.db): Promise<void> {
    await db.deleteFrom('datasets').where('id', '=', id).execute();
  }
}

function toDataset(row: Selectable<DatasetsTables['datasets']>): Dataset {
  return {
    id: row.id,
    name: row.name,
    createdAt: new Date(row.created_at),
    imageCount: row.image_count,
  };
}
