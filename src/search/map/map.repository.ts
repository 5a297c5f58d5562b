import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { Database } from '../../database/index.ts';
import { modelIdentityFromJson } from '../../embeddings/index.ts';
import type { SearchTables } from '../search.tables.ts';
import type { DatasetMap } from './dataset-map.ts';

@Injectable()
export class MapRepository {
  private readonly db: Kysely<SearchTables>;

  constructor(private readonly database: Database) {
    this.db = database.tables<SearchTables>();
  }

  async find(datasetId: number): Promise<DatasetMap | undefined> {
    const row = await this.db
      .selectFrom('dataset_maps')
      .selectAll()
      .where('dataset_id', '=', datasetId)
      .executeTakeFirst();
    return (
      row && {
        datasetId: row.dataset_id,
        indexId: row.index_id,
        checkpoint: row.checkpoint,
        model: modelIdentityFromJson(row.model_identity),
        file: row.file,
        images: row.images,
        indexed: row.indexed,
        builtAt: new Date(row.built_at),
      }
    );
  }

  /** Puts a map in place of the dataset's last one. */
  async put(map: DatasetMap): Promise<void> {
    const values = {
      index_id: map.indexId,
      checkpoint: map.checkpoint,
      model_identity: JSON.stringify(map.model),
      file: map.file,
      images: map.images,
      indexed: map.indexed,
      built_at: map.builtAt.getTime(),
    };
    await this.db
      .insertInto('dataset_maps')
      .values({ dataset_id: map.datasetId, ...values })
      .onConflict((conflict) => conflict.column('dataset_id').doUpdateSet(values))
      .execute();
  }

  async delete(datasetId: number): Promise<void> {
    await this.database.makingRoom(() =>
      this.db.deleteFrom('dataset_maps').where('dataset_id', '=', datasetId).execute(),
    );
  }
}
