import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type Selectable } from 'kysely';
import { AppError, chunksOf, MAX_BOUND, storageFull } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import { DatasetEvents } from './dataset-events.ts';
import {
  datasetNotFound,
  externalIdInvalid,
  imageExists,
  imageFileMissing,
  imageNotFound,
  labelInvalid,
} from '../datasets.errors.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import { ImageCheck } from '../import/image-check.port.ts';
import { ImageRemover } from './image-remover.ts';
import { ImageStore } from '../files/image-store.port.ts';
import { ImageWriter } from './image-writer.ts';
import type { Image, ImageChange } from './images.ts';

const MAX_EXTERNAL_ID = 1_000;
const MAX_LABEL = 500;
const MAX_LABELS = 1_000;
const PUT_ATTEMPTS = 3;
/** Images read at once where all are wanted. */
const PAGE = 1_000;

export interface ImageToAdd {
  readonly bytes: Uint8Array;
  /** The sha256 of the bytes where it is absent. */
  readonly externalId?: string;
  readonly labels?: readonly string[];
}

/** `created` is false where the dataset had the same bytes under the same external id. */
export type AddedImage = { readonly image: Image; readonly created: boolean } | { readonly error: AppError };

/** The images of datasets: found, added, deleted, and what changed of them. */
@Injectable()
export class ImagesService {
  private readonly db: Kysely<DatasetsTables>;

  constructor(
    database: Database,
    private readonly store: ImageStore,
    private readonly check: ImageCheck,
    private readonly writer: ImageWriter,
    private readonly remover: ImageRemover,
    private readonly events: DatasetEvents,
  ) {
    this.db = database.tables<DatasetsTables>();
  }

  /** Rejects with `IMAGE_NOT_FOUND`. */
  async get(id: number): Promise<Image> {
    const image = (await this.byIds([id])).get(id);
    if (image === undefined) throw imageNotFound(String(id));
    return image;
  }

  /** Those of the images that there are. */
  async byIds(ids: readonly number[]): Promise<Map<number, Image>> {
    const images = new Map<number, Image>();
    for (const chunk of chunksOf(ids, MAX_BOUND)) {
      const rows = await this.db.selectFrom('images').selectAll().where('id', 'in', chunk).execute();
      for (const image of await this.withLabels(rows)) images.set(image.id, image);
    }
    return images;
  }

  async findByExternalId(datasetId: number, externalId: string): Promise<Image | undefined> {
    const rows = await this.db
      .selectFrom('images')
      .selectAll()
      .where('dataset_id', '=', datasetId)
      .where('external_id', '=', externalId)
      .execute();
    return (await this.withLabels(rows))[0];
  }

  /** Images of these bytes that came from URLs of this host. */
  async bySource(datasetId: number, sha256: string, host: string): Promise<Image[]> {
    const rows = await this.db
      .selectFrom('images')
      .selectAll()
      .where('dataset_id', '=', datasetId)
      .where('sha256', '=', sha256)
      .where('source_url', 'is not', null)
      .execute();
    const images = await this.withLabels(rows);
    return images.filter(({ sourceUrl }) => sourceUrl !== null && new URL(sourceUrl).hostname === host);
  }

  /** A page of a dataset's images by rising id, after the one with the id `after`. */
  async list(
    datasetId: number,
    page: { readonly after?: number; readonly limit: number; readonly labels?: readonly string[] },
  ): Promise<Image[]> {
    const rows = await this.selection(datasetId, page.labels)
      .selectAll()
      .where('images.id', '>', page.after ?? 0)
      .orderBy('images.id')
      .limit(page.limit)
      .execute();
    return this.withLabels(rows);
  }

  /** All images of a dataset, or those with any of the labels, by rising id. */
  async *all(datasetId: number, labels?: readonly string[]): AsyncGenerator<Image> {
    for (let after = 0; ;) {
      const page = await this.list(datasetId, { after, limit: PAGE, labels });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = last.id;
    }
  }

  async count(datasetId: number, labels?: readonly string[]): Promise<number> {
    const { images } = await this.selection(datasetId, labels)
      .select((eb) => eb.fn.countAll<number>().as('images'))
      .executeTakeFirstOrThrow();
    return images;
  }

  /**
   * Adds images, each for itself: what is wrong with one does not keep the others out. Whoever
   * keeps an index of the dataset has seen them when this resolves. Labels are added to an image
   * that is there already. Rejects with `DATASET_NOT_FOUND`, `STORAGE_FULL`.
   */
  async addImages(datasetId: number, images: readonly ImageToAdd[]): Promise<AddedImage[]> {
    const dataset = await this.db
      .selectFrom('datasets')
      .select('id')
      .where('id', '=', datasetId)
      .executeTakeFirst();
    if (dataset === undefined) throw datasetNotFound(String(datasetId));
    const results: AddedImage[] = [];
    const changed: number[] = [];
    try {
      for (const image of images) {
        try {
          const added = await this.addImage(datasetId, image);
          results.push({ image: added.image, created: added.created });
          if (added.changed) changed.push(added.image.id);
        } catch (error) {
          if (!(error instanceof AppError) || NOT_OF_ONE_IMAGE.some(({ is }) => is(error))) throw error;
          results.push({ error });
        }
      }
    } finally {
      if (changed.length > 0) await this.events.imagesChanged({ datasetId, changed, deleted: [] });
    }
    return results;
  }

  /** Deletes images, of any dataset; ids that are not there are passed over. Returns those that were. */
  async deleteImages(ids: readonly number[]): Promise<number[]> {
    const deleted = await this.remover.delete(ids);
    for (const [datasetId, imageIds] of deleted) {
      await this.events.imagesChanged({ datasetId, changed: [], deleted: imageIds });
    }
    return [...deleted.values()].flat();
  }

  /** Rejects with `IMAGE_FILE_MISSING`. */
  async readBytes(sha256: string): Promise<Buffer> {
    return this.store.read(sha256);
  }

  /** Where a person finds the file. */
  locate(image: Pick<Image, 'sha256'>): string {
    return this.store.locate(image.sha256);
  }

  /** Changes with a higher number, in rising order: one an image, its last. */
  async changesAfter(datasetId: number, change: number, limit: number): Promise<ImageChange[]> {
    const rows = await this.changes()
      .where('image_changes.dataset_id', '=', datasetId)
      .where('image_changes.change', '>', change)
      .orderBy('image_changes.change')
      .limit(limit)
      .execute();
    return this.changesWithLabels(rows);
  }

  /** The last changes of these images, in rising order. */
  async changesOf(imageIds: readonly number[]): Promise<ImageChange[]> {
    const rows: ChangeRow[] = [];
    for (const chunk of chunksOf(imageIds, MAX_BOUND)) {
      rows.push(...(await this.changes().where('image_changes.image_id', 'in', chunk).execute()));
    }
    return this.changesWithLabels(rows.sort((a, b) => a.change - b.change));
  }

  /** Number of the dataset's last change; 0 where nothing has ever changed. */
  async latestChange(datasetId: number): Promise<number> {
    const row = await this.db
      .selectFrom('image_changes')
      .select((eb) => eb.fn.max<number | null>('change').as('change'))
      .where('dataset_id', '=', datasetId)
      .executeTakeFirst();
    return row?.change ?? 0;
  }

  async countChangesAfter(datasetId: number, change: number): Promise<number> {
    const { changes } = await this.db
      .selectFrom('image_changes')
      .select((eb) => eb.fn.countAll<number>().as('changes'))
      .where('dataset_id', '=', datasetId)
      .where('change', '>', change)
      .executeTakeFirstOrThrow();
    return changes;
  }

  private async addImage(
    datasetId: number,
    { bytes, externalId, labels = [] }: ImageToAdd,
  ): Promise<{ image: Image; created: boolean; changed: boolean }> {
    assertLabels(labels);
    if (externalId !== undefined && (externalId === '' || externalId.length > MAX_EXTERNAL_ID)) {
      throw externalIdInvalid();
    }
    const checked = await this.check.check(bytes);
    const sha256 = hash('sha256', bytes);
    const image = {
      ...checked,
      externalId: externalId ?? sha256,
      labels: [...new Set(labels)],
      sha256,
      sourceUrl: null,
      bytes: bytes.length,
    };
    const known = await this.findByExternalId(datasetId, image.externalId);
    if (known !== undefined) return this.addToExisting(known, image);
    for (let attempt = 1; attempt <= PUT_ATTEMPTS; attempt += 1) {
      await this.store.put(sha256, bytes);
      const { inserted, missing } = await this.writer.insert(datasetId, [image]);
      const id = inserted.get(image.externalId);
      if (id !== undefined) return { image: await this.get(id), created: true, changed: true };
      if (missing.length === 0) {
        // Somebody else has added it meanwhile; what was stored for it here may be nobody's.
        await this.remover.discard([sha256]);
        const existing = await this.findByExternalId(datasetId, image.externalId);
        if (existing !== undefined) return this.addToExisting(existing, image);
      }
    }
    throw imageFileMissing(sha256);
  }

  private async addToExisting(existing: Image, { sha256, labels }: { sha256: string; labels: string[] }) {
    if (existing.sha256 !== sha256) throw imageExists(existing.externalId);
    const fresh = labels.filter((label) => !existing.labels.includes(label));
    if (fresh.length === 0) return { image: existing, created: false, changed: false };
    await this.writer.addLabels(existing.datasetId, [{ imageId: existing.id, labels: fresh }]);
    return { image: await this.get(existing.id), created: false, changed: true };
  }

  private selection(datasetId: number, labels: readonly string[] | undefined) {
    const ofDataset = this.db.selectFrom('images').where('images.dataset_id', '=', datasetId);
    if (labels === undefined) return ofDataset;
    return ofDataset.where('images.id', 'in', (eb) =>
      eb
        .selectFrom('image_labels')
        .innerJoin('labels', 'labels.id', 'image_labels.label_id')
        .select('image_labels.image_id')
        .where('labels.dataset_id', '=', datasetId)
        .where('labels.key', 'in', labels),
    );
  }

  private changes() {
    return this.db
      .selectFrom('image_changes')
      .leftJoin('images', 'images.id', 'image_changes.image_id')
      .select([
        'image_changes.change',
        'image_changes.image_id',
        'image_changes.deleted',
        'images.sha256',
        'images.external_id',
      ]);
  }

  private async changesWithLabels(rows: readonly ChangeRow[]): Promise<ImageChange[]> {
    const labels = await this.labelsOf(rows.filter(({ deleted }) => !deleted).map((row) => row.image_id));
    return rows.map((row) => ({
      change: row.change,
      imageId: row.image_id,
      deleted: row.deleted !== 0,
      sha256: row.sha256 ?? '',
      externalId: row.external_id ?? '',
      labels: labels.get(row.image_id) ?? [],
    }));
  }

  private async withLabels(rows: readonly ImageRow[]): Promise<Image[]> {
    const labels = await this.labelsOf(rows.map(({ id }) => id));
    return rows.map((row) => ({
      id: row.id,
      datasetId: row.dataset_id,
      externalId: row.external_id,
      sha256: row.sha256,
      sourceUrl: row.source_url,
      width: row.width,
      height: row.height,
      format: row.format,
      bytes: row.bytes,
      createdAt: new Date(row.created_at),
      labels: labels.get(row.id) ?? [],
    }));
  }

  private async labelsOf(imageIds: readonly number[]): Promise<Map<number, string[]>> {
    const labels = new Map<number, string[]>();
    for (const chunk of chunksOf(imageIds, MAX_BOUND)) {
      const { rows } = await sql<{ image_id: number; key: string }>`
        select image_labels.image_id, labels.key
        from image_labels join labels on labels.id = image_labels.label_id
        where image_labels.image_id in (${sql.join(chunk)})
        order by labels.key`.execute(this.db);
      for (const { image_id, key } of rows) {
        const ofImage = labels.get(image_id);
        if (ofImage === undefined) labels.set(image_id, [key]);
        else ofImage.push(key);
      }
    }
    return labels;
  }
}

type ImageRow = Selectable<DatasetsTables['images']>;

interface ChangeRow {
  readonly change: number;
  readonly image_id: number;
  readonly deleted: number;
  readonly sha256: string | null;
  readonly external_id: string | null;
}

/** Errors that the next image would meet as well. */
const NOT_OF_ONE_IMAGE = [storageFull, datasetNotFound];

function assertLabels(labels: readonly string[]): void {
  const valid =
    labels.length <= MAX_LABELS && labels.every((label) => label !== '' && label.length <= MAX_LABEL);
  if (!valid) throw labelInvalid();
}
