import { Injectable } from '@nestjs/common';
import type { Kysely, Selectable } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import { modelIdentityFromJson, type ModelIdentity } from '../../embeddings/index.ts';
import type { SearchTables } from '../search.tables.ts';

/** What stands between a dataset and its index in the vector index. */
export interface DatasetIndex {
  readonly id: number;
  readonly datasetId: number;
  /** Name in the vector index. */
  readonly name: string;
  readonly model: ModelIdentity;
  /** Keys of the labels it is restricted to; absent for all. */
  readonly labelIds: readonly string[] | undefined;
  /** The last change of the dataset's images that it has seen. */
  readonly checkpoint: number;
  /** Whether it answers queries: a build has run to its end, and no other index has taken its place. */
  readonly ready: boolean;
  /** Whether another index has taken its place. It is kept, as it was, until it is dropped. */
  readonly replaced: boolean;
  /** `Drift.drift` of its projection, when last looked. */
  readonly drift: number | undefined;
  readonly updatedAt: Date;
}

/** Why an image is not in an index. */
export interface IndexFailure {
  readonly imageId: number;
  /** The image's name in its dataset. */
  readonly item: string;
  readonly code: string;
  readonly message: string;
}

/** Rows in one statement; each binds four values. */
const BOUND_AT_ONCE = Math.floor(MAX_BOUND / 4);

/** The table of indexes: one a dataset and model. */
@Injectable()
export class DatasetIndexes {
  private readonly db: Kysely<SearchTables>;

  constructor(private readonly database: Database) {
    this.db = database.tables<SearchTables>();
  }

  /** Newest first. */
  async ofDataset(datasetId: number): Promise<DatasetIndex[]> {
    const rows = await this.db
      .selectFrom('dataset_indexes')
      .selectAll()
      .where('dataset_id', '=', datasetId)
      .orderBy('id', 'desc')
      .execute();
    return rows.map(toDatasetIndex);
  }

  /** All there are. */
  async all(): Promise<DatasetIndex[]> {
    return (await this.db.selectFrom('dataset_indexes').selectAll().execute()).map(toDatasetIndex);
  }

  /** Those that answer queries, of these datasets or of all. */
  async ready(datasetIds?: readonly number[]): Promise<DatasetIndex[]> {
    let query = this.db
      .selectFrom('dataset_indexes')
      .selectAll()
      .where('ready', '=', 1)
      .orderBy('dataset_id');
    if (datasetIds !== undefined) query = query.where('dataset_id', 'in', datasetIds);
    return (await query.execute()).map(toDatasetIndex);
  }

  async find(datasetId: number, model: ModelIdentity): Promise<DatasetIndex | undefined> {
    const row = await this.db
      .selectFrom('dataset_indexes')
      .selectAll()
      .where('dataset_id', '=', datasetId)
      .where('model', '=', model.key)
      .executeTakeFirst();
    return row === undefined ? undefined : toDatasetIndex(row);
  }

  /** The one that has this name in the vector index. */
  async named(name: string): Promise<DatasetIndex | undefined> {
    const row = await this.db
      .selectFrom('dataset_indexes')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirst();
    return row === undefined ? undefined : toDatasetIndex(row);
  }

  async get(id: number): Promise<DatasetIndex> {
    const row = await this.db
      .selectFrom('dataset_indexes')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return toDatasetIndex(row);
  }

  /** The index of a dataset and model, made where there is none. */
  async findOrCreate(datasetId: number, datasetName: string, model: ModelIdentity): Promise<DatasetIndex> {
    const found = await this.find(datasetId, model);
    if (found !== undefined) return found;
    const now = Date.now();
    const row = await this.db
      .insertInto('dataset_indexes')
      .values({
        dataset_id: datasetId,
        name: `${datasetName}-${datasetId}-${model.key}`.replaceAll('.', '-'),
        model: model.key,
        model_identity: JSON.stringify(model),
        label_ids: null,
        checkpoint: 0,
        ready: 0,
        replaced_at: null,
        drift: null,
        created_at: now,
        updated_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toDatasetIndex(row);
  }

  /** Remembers that everything up to this change of the dataset is in the index. */
  async advance(id: number, checkpoint: number): Promise<void> {
    await this.db
      .updateTable('dataset_indexes')
      .set({ checkpoint, updated_at: Date.now() })
      .where('id', '=', id)
      .where('checkpoint', '<', checkpoint)
      .execute();
  }

  /** Makes the next build look at every image again, under this restriction of labels. */
  async restart(id: number, labelIds: readonly string[] | undefined): Promise<DatasetIndex> {
    const row = await this.db
      .updateTable('dataset_indexes')
      .set({ checkpoint: 0, label_ids: labelIds === undefined ? null : JSON.stringify(labelIds) })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return toDatasetIndex(row);
  }

  /** Lets the index answer queries, in place of any other of its dataset. */
  async markReady({ id, datasetId }: DatasetIndex): Promise<void> {
    await this.db
      .updateTable('dataset_indexes')
      .set((eb) => ({
        ready: eb.case().when('id', '=', id).then(1).else(0).end(),
        replaced_at: eb
          .case()
          .when('id', '=', id)
          .then(null)
          .when('ready', '=', 1)
          .then(Date.now())
          .else(eb.ref('replaced_at'))
          .end(),
        updated_at: eb.case().when('id', '=', id).then(Date.now()).else(eb.ref('updated_at')).end(),
      }))
      .where('dataset_id', '=', datasetId)
      .execute();
  }

  async noteDrift(id: number, drift: number): Promise<void> {
    await this.db.updateTable('dataset_indexes').set({ drift }).where('id', '=', id).execute();
  }

  async delete(id: number): Promise<void> {
    await this.database.makingRoom(() =>
      this.db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('dataset_index_failures').where('index_id', '=', id).execute();
        await transaction.deleteFrom('dataset_indexes').where('id', '=', id).execute();
      }),
    );
  }

  /** Remembers which of these images the index lacks now; the others it has, or need not have. */
  async noteFailures(
    id: number,
    imageIds: readonly number[],
    failures: readonly IndexFailure[],
  ): Promise<void> {
    if (failures.length === 0 && (await this.countFailures(id)) === 0) return;
    await this.db.transaction().execute(async (transaction) => {
      for (const some of chunksOf(imageIds, BOUND_AT_ONCE)) {
        await transaction
          .deleteFrom('dataset_index_failures')
          .where('index_id', '=', id)
          .where('image_id', 'in', some)
          .execute();
      }
      for (const some of chunksOf(failures, BOUND_AT_ONCE)) {
        const rows = some.map(({ imageId, code, message }) => ({
          index_id: id,
          image_id: imageId,
          code,
          message,
        }));
        await transaction.insertInto('dataset_index_failures').values(rows).execute();
      }
    });
  }

  /** An example of the failures with the most frequent code; undefined if there is none. */
  async commonestFailure(id: number): Promise<Pick<IndexFailure, 'code' | 'message'> | undefined> {
    return this.db
      .selectFrom('dataset_index_failures')
      .select((eb) => ['code', eb.fn.min('message').as('message')])
      .where('index_id', '=', id)
      .groupBy('code')
      .orderBy((eb) => eb.fn.countAll(), 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  /** Images of the dataset that the index lacks for a reason. */
  async countFailures(id: number): Promise<number> {
    const { failures } = await this.db
      .selectFrom('dataset_index_failures')
      .select((eb) => eb.fn.countAll<number>().as('failures'))
      .where('index_id', '=', id)
      .executeTakeFirstOrThrow();
    return failures;
  }
}

function toDatasetIndex(row: Selectable<SearchTables['dataset_indexes']>): DatasetIndex {
  return {
    id: row.id,
    datasetId: row.dataset_id,
    name: row.name,
    model: modelIdentityFromJson(row.model_identity),
    labelIds: row.label_ids === null ? undefined : (JSON.parse(row.label_ids) as string[]),
    checkpoint: row.checkpoint,
    ready: row.ready === 1,
    replaced: row.replaced_at !== null,
    drift: row.drift ?? undefined,
    updatedAt: new Date(row.updated_at),
  };
}
