import { Injectable } from '@nestjs/common';
import type { Kysely, Selectable } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database, UntilWritten } from '../../database/index.ts';
import { modelIdentityFromJson, type ModelIdentity } from '../../embeddings/index.ts';
import type { Calibration } from '../confidence/calibrate.ts';
import type { SearchTables } from '../search.tables.ts';

/** The record of a dataset's index; the vectors themselves are in the vector index. */
export interface DatasetIndex {
  readonly id: number;
  readonly datasetId: number;
  /** Its name in the vector index. */
  readonly name: string;
  readonly model: ModelIdentity;
  /** The keys of the labels that it is restricted to; undefined if it contains all images. */
  readonly labelIds: readonly string[] | undefined;
  /** It contains all changes to the dataset's images up to this number. */
  readonly checkpoint: number;
  /** Whether it answers queries: it has been built completely, and no other index has replaced it. */
  readonly ready: boolean;
  /** Whether another index has replaced it. It is kept as it was until it is dropped. */
  readonly replaced: boolean;
  /** `Drift.drift` of its projection when it was last measured; undefined if it never was. */
  readonly drift: number | undefined;
  /** What its scores mean; undefined if it has not been calibrated or too few images have labels. */
  readonly calibration: Calibration | undefined;
  /** The `checkpoint` when it was last calibrated, with or without success; undefined if it must be. */
  readonly calibratedAt: number | undefined;
  readonly updatedAt: Date;
}

/** The reason why an image is not in an index. */
export interface IndexFailure {
  readonly imageId: number;
  /** The image's name in its dataset. */
  readonly item: string;
  readonly code: string;
  readonly message: string;
}

/** The number of rows in one statement. Each row binds four values. */
const BOUND_AT_ONCE = Math.floor(MAX_BOUND / 4);

/** Stores which indexes exist, at most one per dataset and model, and which images they lack. */
@Injectable()
export class IndexRepository {
  private readonly db: Kysely<SearchTables>;
  private readonly ready: UntilWritten<'ready', readonly DatasetIndex[]>;

  constructor(private readonly database: Database) {
    this.db = database.tables<SearchTables>();
    const readyRows = database.reads.prepare(
      this.db.selectFrom('dataset_indexes').selectAll().where('ready', '=', 1).orderBy('dataset_id'),
    );
    this.ready = new UntilWritten<'ready', readonly DatasetIndex[]>(
      database.reads,
      () => new Map([['ready', readyRows(1).map(toDatasetIndex)]]),
    );
  }

  /** The id of this installation: 32 hexadecimal digits, shared by all processes on one data folder. */
  async installationId(): Promise<string> {
    const { id } = await this.db.selectFrom('installation').select('id').executeTakeFirstOrThrow();
    return id;
  }

  /** All indexes of a dataset, newest first. */
  async listByDataset(datasetId: number): Promise<DatasetIndex[]> {
    const rows = await this.db
      .selectFrom('dataset_indexes')
      .selectAll()
      .where('dataset_id', '=', datasetId)
      .orderBy('id', 'desc')
      .execute();
    return rows.map(toDatasetIndex);
  }

  /** The indexes of all datasets. */
  async listAll(): Promise<DatasetIndex[]> {
    return (await this.db.selectFrom('dataset_indexes').selectAll().execute()).map(toDatasetIndex);
  }

  /** The indexes that answer queries, of these datasets or of all, in ascending order of the dataset's id. */
  listReady(datasetIds?: readonly number[]): readonly DatasetIndex[] {
    const ready = this.ready.get('ready') ?? [];
    return datasetIds === undefined ? ready : ready.filter(({ datasetId }) => datasetIds.includes(datasetId));
  }

  async findByModel(datasetId: number, model: ModelIdentity): Promise<DatasetIndex | undefined> {
    const row = await this.db
      .selectFrom('dataset_indexes')
      .selectAll()
      .where('dataset_id', '=', datasetId)
      .where('model', '=', model.key)
      .executeTakeFirst();
    return row === undefined ? undefined : toDatasetIndex(row);
  }

  /** The index with this name in the vector index. */
  async findByName(name: string): Promise<DatasetIndex | undefined> {
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

  /**
   * The index of a dataset and model. It is created if there is none. If it was last built under another spec that
   * leads to the same vectors, it is bound to this one.
   */
  async findOrCreate(datasetId: number, datasetName: string, model: ModelIdentity): Promise<DatasetIndex> {
    const found = await this.findByModel(datasetId, model);
    if (found !== undefined) return found.model.model === model.model ? found : this.rename(found.id, model);
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
        calibration: null,
        calibrated_at: null,
        created_at: now,
        updated_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toDatasetIndex(row);
  }

  private async rename(id: number, model: ModelIdentity): Promise<DatasetIndex> {
    const row = await this.db
      .updateTable('dataset_indexes')
      .set({ model_identity: JSON.stringify(model) })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return toDatasetIndex(row);
  }

  /** Records that the index contains every change of the dataset up to this one. */
  async advanceCheckpoint(id: number, checkpoint: number): Promise<void> {
    await this.db.transaction().execute(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('dataset_indexes')
        .set({ checkpoint, updated_at: Date.now() })
        .where('id', '=', id)
        .where('checkpoint', '<', checkpoint)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return;
      await transaction
        .deleteFrom('dataset_index_written_changes')
        .where('index_id', '=', id)
        .where('change', '<=', checkpoint)
        .execute();
    });
  }

  /** Makes the next build process every image again, restricted to these labels if there are any. */
  async restartBuild(id: number, labelIds: readonly string[] | undefined): Promise<DatasetIndex> {
    return this.db.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('dataset_index_written_changes').where('index_id', '=', id).execute();
      const row = await transaction
        .updateTable('dataset_indexes')
        .set({
          checkpoint: 0,
          label_ids: labelIds === undefined ? null : JSON.stringify(labelIds),
          calibrated_at: null,
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
      return toDatasetIndex(row);
    });
  }

  /** Makes the index answer queries, replacing any other index of its dataset. */
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

  async recordDrift(id: number, drift: number): Promise<void> {
    await this.db.updateTable('dataset_indexes').set({ drift }).where('id', '=', id).execute();
  }

  /** `checkpoint` is that of the index when it was calibrated. */
  async recordCalibration(
    id: number,
    calibration: Calibration | undefined,
    checkpoint: number,
  ): Promise<void> {
    await this.db
      .updateTable('dataset_indexes')
      .set({
        calibration: calibration === undefined ? null : JSON.stringify(calibration),
        calibrated_at: checkpoint,
      })
      .where('id', '=', id)
      .execute();
  }

  async delete(id: number): Promise<void> {
    await this.database.makingRoom(() =>
      this.db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('dataset_index_failures').where('index_id', '=', id).execute();
        await transaction.deleteFrom('dataset_index_written_changes').where('index_id', '=', id).execute();
        await transaction.deleteFrom('dataset_indexes').where('id', '=', id).execute();
      }),
    );
  }

  /** Records which of these images the index lacks, and forgets earlier failures of the others. */
  async recordFailures(
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

  /** Why the index lacks those of the images that could not be indexed. */
  async findFailures(
    id: number,
    imageIds: readonly number[],
  ): Promise<Map<number, Pick<IndexFailure, 'code' | 'message'>>> {
    const failures = new Map<number, Pick<IndexFailure, 'code' | 'message'>>();
    for (const some of chunksOf(imageIds, BOUND_AT_ONCE)) {
      const rows = await this.db
        .selectFrom('dataset_index_failures')
        .select(['image_id', 'code', 'message'])
        .where('index_id', '=', id)
        .where('image_id', 'in', some)
        .execute();
      for (const { image_id, code, message } of rows) failures.set(image_id, { code, message });
    }
    return failures;
  }

  /** An example of the failures with the most frequent code; undefined if nothing has failed. */
  async findCommonestFailure(id: number): Promise<Pick<IndexFailure, 'code' | 'message'> | undefined> {
    return this.db
      .selectFrom('dataset_index_failures')
      .select((eb) => ['code', eb.fn.min('message').as('message')])
      .where('index_id', '=', id)
      .groupBy('code')
      .orderBy((eb) => eb.fn.countAll(), 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  /** The number of images that could not be indexed. */
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
    calibration: row.calibration === null ? undefined : (JSON.parse(row.calibration) as Calibration),
    calibratedAt: row.calibrated_at ?? undefined,
    updatedAt: new Date(row.updated_at),
  };
}
