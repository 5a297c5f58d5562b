import { Injectable } from '@nestjs/common';
import type { Kysely, Transaction } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import { datasetNotFound } from '../datasets.errors.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import { ImageStore } from '../files/image-store.port.ts';
import type { NewImage } from './images.ts';

/** Rows of several columns written by one statement. */
const ROWS = 100;

export interface InsertOutcome {
  /** Ids of the rows that were written, by external id. */
  readonly inserted: ReadonlyMap<string, number>;
  /** Whose external id the dataset had already. */
  readonly existing: readonly NewImage[];
  /** Whose file was deleted again before the row could be written: fetch and store it once more. */
  readonly missing: readonly NewImage[];
}

export interface LabelAddition {
  readonly imageId: number;
  readonly labels: readonly string[];
}

/**
 * Writes the rows of images. Every write numbers the change in the same transaction, and no row is
 * ever committed whose file is not there: files are removed under the same lock (see `ImageRemover`).
 */
@Injectable()
export class ImageWriter {
  private readonly db: Kysely<DatasetsTables>;

  constructor(
    database: Database,
    private readonly store: ImageStore,
  ) {
    this.db = database.tables<DatasetsTables>();
  }

  /**
   * Writes new images with their labels, all or none. `names` gives labels that are new a name to
   * show. Rejects with `DATASET_NOT_FOUND`.
   */
  async insert(
    datasetId: number,
    images: readonly NewImage[],
    names: ReadonlyMap<string, string> = new Map(),
  ): Promise<InsertOutcome> {
    return this.db.transaction().execute(async (trx) => {
      await assertDataset(trx, datasetId);
      const taken = await this.externalIds(trx, datasetId, images);
      const existing: NewImage[] = [];
      const fresh: NewImage[] = [];
      for (const image of images) {
        (taken.has(image.externalId) ? existing : fresh).push(image);
        taken.add(image.externalId);
      }
      const there = await Promise.all(fresh.map(({ sha256 }) => this.store.has(sha256)));
      const writable = fresh.filter((_image, index) => there[index]);
      const missing = fresh.filter((_image, index) => !there[index]);

      const inserted = new Map<string, number>();
      const createdAt = Date.now();
      for (const rows of chunksOf(writable, ROWS)) {
        const written = await trx
          .insertInto('images')
          .values(
            rows.map((image) => ({
              dataset_id: datasetId,
              external_id: image.externalId,
              sha256: image.sha256,
              source_url: image.sourceUrl,
              width: image.width,
              height: image.height,
              format: image.format,
              bytes: image.bytes,
              created_at: createdAt,
            })),
          )
          .returning(['id', 'external_id'])
          .execute();
        for (const { id, external_id } of written) inserted.set(external_id, id);
      }
      const additions = writable.map(({ externalId, labels }) => ({
        imageId: inserted.get(externalId) ?? 0,
        labels,
      }));
      await writeLabels(trx, datasetId, additions, names);
      await writeChanges(trx, datasetId, [...inserted.values()], false);
      return { inserted, existing, missing };
    });
  }

  /** Adds labels to images, in one transaction. Images and labels that are linked already are left alone. */
  async addLabels(
    datasetId: number,
    additions: readonly LabelAddition[],
    names: ReadonlyMap<string, string> = new Map(),
  ): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      const there = new Set<number>();
      for (const chunk of chunksOf(additions, MAX_BOUND)) {
        const ids = chunk.map(({ imageId }) => imageId);
        const rows = await trx.selectFrom('images').select('id').where('id', 'in', ids).execute();
        for (const { id } of rows) there.add(id);
      }
      const possible = additions.filter(({ imageId }) => there.has(imageId));
      await writeLabels(trx, datasetId, possible, names);
      await writeChanges(trx, datasetId, [...new Set(possible.map(({ imageId }) => imageId))], false);
    });
  }

  /** Gives labels that are there already the names that a source has for them. */
  async nameLabels(datasetId: number, names: ReadonlyMap<string, string>): Promise<void> {
    if (names.size === 0) return;
    const labels = await this.db
      .selectFrom('labels')
      .select(['id', 'key', 'name'])
      .where('dataset_id', '=', datasetId)
      .execute();
    const renamed = labels.filter(({ key, name }) => (names.get(key) ?? name) !== name);
    if (renamed.length === 0) return;
    await this.db.transaction().execute(async (trx) => {
      for (const { id, key } of renamed) {
        const name = names.get(key) ?? key;
        await trx.updateTable('labels').set({ name }).where('id', '=', id).execute();
      }
    });
  }

  private async externalIds(
    trx: Transaction<DatasetsTables>,
    datasetId: number,
    images: readonly NewImage[],
  ): Promise<Set<string>> {
    const taken = new Set<string>();
    for (const chunk of chunksOf(images, MAX_BOUND)) {
      const rows = await trx
        .selectFrom('images')
        .select('external_id')
        .where('dataset_id', '=', datasetId)
        .where(
          'external_id',
          'in',
          chunk.map(({ externalId }) => externalId),
        )
        .execute();
      for (const row of rows) taken.add(row.external_id);
    }
    return taken;
  }
}

async function assertDataset(trx: Transaction<DatasetsTables>, id: number): Promise<void> {
  const dataset = await trx.selectFrom('datasets').select('id').where('id', '=', id).executeTakeFirst();
  if (dataset === undefined) throw datasetNotFound(String(id));
}

async function writeLabels(
  trx: Transaction<DatasetsTables>,
  datasetId: number,
  additions: readonly LabelAddition[],
  names: ReadonlyMap<string, string>,
): Promise<void> {
  const keys = [...new Set(additions.flatMap(({ labels }) => labels))];
  if (keys.length === 0) return;
  const ids = await labelIds(trx, datasetId, keys);
  const fresh = keys.filter((key) => !ids.has(key));
  for (const chunk of chunksOf(fresh, ROWS)) {
    const rows = await trx
      .insertInto('labels')
      .values(chunk.map((key) => ({ dataset_id: datasetId, key, name: names.get(key) ?? key })))
      .returning(['id', 'key'])
      .execute();
    for (const { id, key } of rows) ids.set(key, id);
  }
  const links = additions.flatMap(({ imageId, labels }) =>
    labels.map((label) => ({ image_id: imageId, label_id: ids.get(label) ?? 0 })),
  );
  for (const chunk of chunksOf(links, ROWS)) {
    await trx
      .insertInto('image_labels')
      .values(chunk)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

async function labelIds(
  trx: Transaction<DatasetsTables>,
  datasetId: number,
  keys: readonly string[],
): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (const chunk of chunksOf(keys, MAX_BOUND)) {
    const rows = await trx
      .selectFrom('labels')
      .select(['id', 'key'])
      .where('dataset_id', '=', datasetId)
      .where('key', 'in', chunk)
      .execute();
    for (const { id, key } of rows) ids.set(key, id);
  }
  return ids;
}

/** Gives each image a new number in the row of changes; it has one row there, its last change. */
export async function writeChanges(
  trx: Transaction<DatasetsTables>,
  datasetId: number,
  imageIds: readonly number[],
  deleted: boolean,
): Promise<void> {
  for (const chunk of chunksOf(imageIds, ROWS)) {
    await trx.deleteFrom('image_changes').where('image_id', 'in', chunk).execute();
    await trx
      .insertInto('image_changes')
      .values(
        chunk.map((imageId) => ({ dataset_id: datasetId, image_id: imageId, deleted: deleted ? 1 : 0 })),
      )
      .execute();
  }
}
