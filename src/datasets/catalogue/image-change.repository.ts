import { Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import type { ImageChange } from './images.ts';
import { AttributeRepository } from '../attributes/attribute.repository.ts';
import { LabelRepository } from './label.repository.ts';
import type { CatalogueTransaction } from './transactions.ts';

/** The maximum number of rows that one statement writes. */
const ROWS = 100;

interface ChangeRow {
  readonly change: number;
  readonly image_id: number;
  readonly deleted: number;
  readonly picture_change: number;
  readonly sha256: string | null;
  readonly external_id: string | null;
  readonly file_name: string | null;
  readonly source_url: string | null;
}

/** The last change of each image. */
@Injectable()
export class ImageChangeRepository {
  private readonly db: Kysely<DatasetsTables>;

  constructor(
    database: Database,
    private readonly labels: LabelRepository,
    private readonly attributes: AttributeRepository,
  ) {
    this.db = database.tables<DatasetsTables>();
  }

  /** Changes of a dataset with a number above `change`, in ascending order. */
  async listAfter(datasetId: number, change: number, limit: number): Promise<ImageChange[]> {
    const rows = await this.select()
      .where('image_changes.dataset_id', '=', datasetId)
      .where('image_changes.change', '>', change)
      .orderBy('image_changes.change')
      .limit(limit)
      .execute();
    return this.toChanges(rows);
  }

  /** The changes of these images, in ascending order. */
  async listByImage(imageIds: readonly number[]): Promise<ImageChange[]> {
    const rows: ChangeRow[] = [];
    for (const chunk of chunksOf(imageIds, MAX_BOUND)) {
      rows.push(...(await this.select().where('image_changes.image_id', 'in', chunk).execute()));
    }
    return this.toChanges(rows.sort((a, b) => a.change - b.change));
  }

  async findLatest(datasetId: number, db: Kysely<DatasetsTables> = this.db): Promise<number | undefined> {
    const row = await db
      .selectFrom('image_changes')
      .select('change')
      .where('dataset_id', '=', datasetId)
      .orderBy('change', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.change;
  }

  /** The number of the first change after `change` that is not among `except`. */
  async findAfter(datasetId: number, change: number, except: readonly number[]): Promise<number | undefined> {
    const row = await this.db
      .selectFrom('image_changes')
      .select('change')
      .where('dataset_id', '=', datasetId)
      .where('change', '>', change)
      .where(isNotAmong(except))
      .orderBy('change')
      .limit(1)
      .executeTakeFirst();
    return row?.change;
  }

  /** Whether the bytes of an image have changed after `change`, or an image was deleted. */
  async hasPictureAfter(datasetId: number, change: number): Promise<boolean> {
    const row = await this.db
      .selectFrom('image_changes')
      .select('change')
      .where('dataset_id', '=', datasetId)
      .where('change', '>', change)
      .where('picture_change', '>', change)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Those of the changes that are still the last ones of their images. */
  async listCurrent(changes: readonly number[]): Promise<number[]> {
    const rows = await this.db
      .selectFrom('image_changes')
      .select('change')
      .where(sql<boolean>`change in (select value from json_each(${JSON.stringify(changes)}))`)
      .execute();
    return rows.map((row) => row.change);
  }

  async countAfter(datasetId: number, change: number, except: readonly number[]): Promise<number> {
    const { changes } = await this.db
      .selectFrom('image_changes')
      .select((eb) => eb.fn.countAll<number>().as('changes'))
      .where('dataset_id', '=', datasetId)
      .where('change', '>', change)
      .where(isNotAmong(except))
      .executeTakeFirstOrThrow();
    return changes;
  }

  /**
   * Gives each image a new, higher number in place of the one it had. `facts` is everything but its bytes. Resolves with
   * the numbers by image.
   */
  async renumber(
    datasetId: number,
    imageIds: readonly number[],
    kind: 'picture' | 'facts' | 'deletion',
    transaction: CatalogueTransaction,
  ): Promise<Map<number, number>> {
    const changes = new Map<number, number>();
    for (const chunk of chunksOf(imageIds, ROWS)) {
      const before = await transaction
        .deleteFrom('image_changes')
        .where('image_id', 'in', chunk)
        .returning(['image_id', 'picture_change'])
        .execute();
      const pictures = new Map(before.map((row) => [row.image_id, row.picture_change]));
      const deleted = kind === 'deletion' ? 1 : 0;
      const rows = await transaction
        .insertInto('image_changes')
        .values(
          chunk.map((imageId) => ({
            dataset_id: datasetId,
            image_id: imageId,
            deleted,
            picture_change: pictures.get(imageId) ?? 0,
          })),
        )
        .returning(['change', 'image_id'])
        .execute();
      for (const { change, image_id } of rows) changes.set(image_id, change);
      if (kind === 'facts') continue;
      await transaction
        .updateTable('image_changes')
        .set((eb) => ({ picture_change: eb.ref('change') }))
        .where('image_id', 'in', chunk)
        .execute();
    }
    return changes;
  }

  /** The last changes of the images that a dataset has under these external ids, by external id. */
  async findByExternalIds(datasetId: number, externalIds: readonly string[]): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    for (const chunk of chunksOf(externalIds, MAX_BOUND)) {
      const rows = await this.db
        .selectFrom('images')
        .innerJoin('image_changes', 'image_changes.image_id', 'images.id')
        .select(['images.external_id', 'image_changes.change'])
        .where('images.dataset_id', '=', datasetId)
        .where('images.external_id', 'in', chunk)
        .execute();
      for (const { external_id, change } of rows) found.set(external_id, change);
    }
    return found;
  }

  /** Deletes some of the rows of images that were deleted. Resolves with how many; there may be more. */
  async deleteSome(datasetId: number, limit: number, transaction: CatalogueTransaction): Promise<number> {
    const { numDeletedRows } = await transaction
      .deleteFrom('image_changes')
      .where('change', 'in', (eb) =>
        eb
          .selectFrom('image_changes')
          .select('change')
          .where('dataset_id', '=', datasetId)
          .where('deleted', '=', 1)
          .orderBy('change')
          .limit(limit),
      )
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  async deleteAll(datasetId: number, transaction: CatalogueTransaction): Promise<void> {
    await transaction.deleteFrom('image_changes').where('dataset_id', '=', datasetId).execute();
  }

  private select() {
    return this.db
      .selectFrom('image_changes')
      .leftJoin('images', 'images.id', 'image_changes.image_id')
      .select([
        'image_changes.change',
        'image_changes.image_id',
        'image_changes.deleted',
        'image_changes.picture_change',
        'images.sha256',
        'images.external_id',
        'images.file_name',
        'images.source_url',
      ]);
  }

  private async toChanges(rows: readonly ChangeRow[]): Promise<ImageChange[]> {
    const present = rows.filter(({ deleted }) => deleted === 0).map((row) => row.image_id);
    const labels = this.labels.listByImage(present);
    const attributes = this.attributes.listByImage(present);
    return rows.map(({ change, image_id: imageId, deleted, ...row }) => {
      if (deleted !== 0) return { change, imageId, deleted: true };
      const { sha256, external_id: externalId, file_name: fileName, source_url: sourceUrl } = row;
      if (sha256 === null || externalId === null || fileName === null) {
        throw new Error(`Image ${imageId} has no row`);
      }
      const ofImage = labels.get(imageId) ?? [];
      return {
        change,
        imageId,
        deleted: false,
        pictureChange: row.picture_change,
        sha256,
        externalId,
        fileName,
        sourceUrl,
        labels: ofImage.map(({ key }) => key),
        labelNames: ofImage.map(({ name }) => name),
        attributes: attributes.get(imageId) ?? {},
      };
    });
  }
}

function isNotAmong(changes: readonly number[]) {
  return sql<boolean>`change not in (select value from json_each(${JSON.stringify(changes)}))`;
}
