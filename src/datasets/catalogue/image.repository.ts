import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type Selectable } from 'kysely';
import { chunksOf, MAX_BOUND, type ImageWarning } from '../../common/index.ts';
import { Database, inPage, UntilWritten, valuesOfJson } from '../../database/index.ts';
import { fileNameOf } from './file-name.ts';
import type { Filter } from '../../filters/index.ts';
import { ImageSelection } from '../filtering/image-selection.repository.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import type { PageRequest } from './datasets.ts';
import type { Image, ImageName, NewImage } from './images.ts';
import { AttributeRepository } from '../attributes/attribute.repository.ts';
import { LabelRepository } from './label.repository.ts';
import type { CatalogueTransaction } from './transactions.ts';

/** The maximum number of rows that one statement writes. */
const ROWS = 100;
/** How many images are kept in memory, some 10 MB of them. */
const KEPT_IMAGES = 10_000;

type ImageRow = Selectable<DatasetsTables['images']>;

/** The rows of images. */
@Injectable()
export class ImageRepository {
  private readonly db: Kysely<DatasetsTables>;
  private readonly byId: UntilWritten<number, Image>;

  constructor(
    database: Database,
    private readonly labels: LabelRepository,
    private readonly attributes: AttributeRepository,
    private readonly selection: ImageSelection,
  ) {
    this.db = database.tables<DatasetsTables>();
    const rows = database.reads.prepare(
      this.db.selectFrom('images').selectAll().where('id', 'in', valuesOfJson<number>()),
    );
    this.byId = new UntilWritten(
      database.reads,
      (ids) => new Map(this.toImages(rows(JSON.stringify(ids))).map((image) => [image.id, image])),
      { max: KEPT_IMAGES },
    );
  }

  async find(id: number): Promise<Image | undefined> {
    return this.byId.get(id);
  }

  /** The images that exist, by id. */
  async findByIds(ids: readonly number[]): Promise<Map<number, Image>> {
    return this.byId.getAll(ids);
  }

  /** The images that a dataset has under these external ids, by external id. */
  async findByExternalIds(datasetId: number, externalIds: readonly string[]): Promise<Map<string, Image>> {
    const images = new Map<string, Image>();
    for (const chunk of chunksOf(externalIds, MAX_BOUND)) {
      const rows = await this.db
        .selectFrom('images')
        .selectAll()
        .where('dataset_id', '=', datasetId)
        .where('external_id', 'in', chunk)
        .execute();
      for (const image of this.toImages(rows)) images.set(image.externalId, image);
    }
    return images;
  }

  /** Those of the external ids that a dataset has. */
  async findExternalIds(
    datasetId: number,
    externalIds: readonly string[],
    db: Kysely<DatasetsTables> = this.db,
  ): Promise<Set<string>> {
    const found = new Set<string>();
    for (const chunk of chunksOf(externalIds, MAX_BOUND)) {
      const rows = await db
        .selectFrom('images')
        .select('external_id')
        .where('dataset_id', '=', datasetId)
        .where('external_id', 'in', chunk)
        .execute();
      for (const row of rows) found.add(row.external_id);
    }
    return found;
  }

  /** Those of the ids that exist. */
  async findIds(ids: readonly number[], db: Kysely<DatasetsTables> = this.db): Promise<Set<number>> {
    const found = new Set<number>();
    for (const chunk of chunksOf(ids, MAX_BOUND)) {
      const rows = await db.selectFrom('images').select('id').where('id', 'in', chunk).execute();
      for (const { id } of rows) found.add(id);
    }
    return found;
  }

  /** Those of the files, by sha256, that at least one image of any dataset has. */
  async findFilesInUse(
    sha256s: readonly string[],
    db: Kysely<DatasetsTables> = this.db,
  ): Promise<Set<string>> {
    const found = new Set<string>();
    for (const chunk of chunksOf(sha256s, MAX_BOUND)) {
      const rows = await db
        .selectFrom('images')
        .select('sha256')
        .distinct()
        .where('sha256', 'in', chunk)
        .execute();
      for (const { sha256 } of rows) found.add(sha256);
    }
    return found;
  }

  /** The images of a dataset that have these bytes and came from a URL. */
  async listDownloaded(datasetId: number, sha256: string): Promise<Image[]> {
    const rows = await this.db
      .selectFrom('images')
      .selectAll()
      .where('dataset_id', '=', datasetId)
      .where('sha256', '=', sha256)
      .where('source_url', 'is not', null)
      .execute();
    return this.toImages(rows);
  }

  /** A page of the images of a dataset, or of those that the filter selects. */
  async list(datasetId: number, page: PageRequest, filter?: Filter): Promise<Image[]> {
    if (filter === undefined) {
      const ofDataset = this.db.selectFrom('images').selectAll().where('dataset_id', '=', datasetId);
      return this.toImages(await inPage(ofDataset, 'id', page).execute());
    }
    const ids = await this.selection.idsOf(datasetId, filter, page);
    const rows = await this.db
      .selectFrom('images')
      .selectAll()
      .where('id', 'in', sql<number>`(${ids})`)
      .orderBy('id', page.backwards ? 'desc' : 'asc')
      .execute();
    return this.toImages(rows);
  }

  /** The first ids of a dataset above `after`, in ascending order. */
  async listIds(
    datasetId: number,
    limit: number,
    db: Kysely<DatasetsTables> = this.db,
    after = 0,
  ): Promise<number[]> {
    const rows = await db
      .selectFrom('images')
      .select('id')
      .where('dataset_id', '=', datasetId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  }

  /** A page of the files of images that the filter selects. */
  async listSelectedFiles(
    datasetId: number,
    filter: Filter,
    { after = 0, limit }: PageRequest,
  ): Promise<{ readonly id: number; readonly sha256: string }[]> {
    const ids = await this.selection.idsOf(datasetId, filter, { after, limit });
    return this.db
      .selectFrom('images')
      .select(['id', 'sha256'])
      .where('id', 'in', sql<number>`(${ids})`)
      .orderBy('id')
      .execute();
  }

  /** A page of images with, for each, the id of the dataset's oldest image that has the same bytes. */
  async listFiles(
    datasetId: number,
    { after = 0, limit }: PageRequest,
  ): Promise<{ readonly id: number; readonly firstId: number; readonly sha256: string }[]> {
    // The sign keeps SQLite from reading the dataset, in the order of ids, up to the file that it looks for.
    const { rows } = await sql<{ id: number; first_id: number; sha256: string }>`
      select images.id, images.sha256, (
        select same.id from images as same
        where same.sha256 = images.sha256 and +same.dataset_id = images.dataset_id
        order by same.id limit 1
      ) as first_id
      from images
      where images.dataset_id = ${datasetId} and images.id > ${after}
      order by images.id
      limit ${limit}`.execute(this.db);
    return rows.map(({ id, first_id, sha256 }) => ({ id, firstId: first_id, sha256 }));
  }

  async count(datasetId: number, filter?: Filter): Promise<number> {
    if (filter !== undefined) return this.selection.count(datasetId, filter);
    const dataset = await this.db
      .selectFrom('datasets')
      .select('image_count')
      .where('id', '=', datasetId)
      .executeTakeFirst();
    return dataset?.image_count ?? 0;
  }

  /** Inserts images without their labels and attributes. Returns the new ids by external id. */
  async insert(
    datasetId: number,
    images: readonly NewImage[],
    transaction: CatalogueTransaction,
  ): Promise<Map<string, number>> {
    const inserted = new Map<string, number>();
    const createdAt = Date.now();
    for (const chunk of chunksOf(images, ROWS)) {
      const rows = await transaction
        .insertInto('images')
        .values(
          chunk.map((image) => ({
            dataset_id: datasetId,
            external_id: image.externalId,
            ...fileColumns(image),
            created_at: createdAt,
          })),
        )
        .returning(['id', 'external_id'])
        .execute();
      for (const { id, external_id } of rows) inserted.set(external_id, id);
    }
    return inserted;
  }

  /** Replaces the file of an image. Resolves with false if there is no such image. */
  async replace(id: number, image: NewImage, transaction: CatalogueTransaction): Promise<boolean> {
    const { numUpdatedRows } = await transaction
      .updateTable('images')
      .set(fileColumns(image))
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  /** Resolves with false if there is no such image. */
  async rename(
    id: number,
    { externalId, sourceUrl }: ImageName,
    transaction: CatalogueTransaction,
  ): Promise<boolean> {
    const { numUpdatedRows } = await transaction
      .updateTable('images')
      .set({
        external_id: externalId,
        file_name: fileNameOf(null, externalId),
        ...(sourceUrl === undefined ? {} : { source_url: sourceUrl }),
      })
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  /** Deletes images of any dataset, and returns those that existed. */
  async delete(
    ids: readonly number[],
    transaction: CatalogueTransaction,
  ): Promise<{ readonly id: number; readonly datasetId: number; readonly sha256: string }[]> {
    const deleted = [];
    for (const chunk of chunksOf(ids, MAX_BOUND)) {
      const rows = await transaction
        .deleteFrom('images')
        .where('id', 'in', chunk)
        .returning(['id', 'dataset_id as datasetId', 'sha256'])
        .execute();
      deleted.push(...rows);
    }
    return deleted;
  }

  private toImages(rows: readonly ImageRow[]): Image[] {
    const ids = rows.map(({ id }) => id);
    const labels = this.labels.listByImage(ids);
    const attributes = this.attributes.listByImage(ids);
    return rows.map((row) => ({
      id: row.id,
      datasetId: row.dataset_id,
      externalId: row.external_id,
      sha256: row.sha256,
      sourceUrl: row.source_url,
      fileName: row.file_name,
      width: row.width,
      height: row.height,
      format: row.format,
      bytes: row.bytes,
      createdAt: new Date(row.created_at),
      warnings: row.warnings === null ? [] : (JSON.parse(row.warnings) as ImageWarning[]),
      labels: labels.get(row.id)?.map(({ key }) => key) ?? [],
      labelNames: labels.get(row.id)?.map(({ name }) => name) ?? [],
      attributes: attributes.get(row.id) ?? {},
    }));
  }
}

function fileColumns(image: NewImage) {
  return {
    sha256: image.sha256,
    source_url: image.sourceUrl,
    file_name: image.fileName,
    width: image.width,
    height: image.height,
    format: image.format,
    bytes: image.bytes,
    warnings: image.warnings?.length ? JSON.stringify(image.warnings) : null,
  };
}
