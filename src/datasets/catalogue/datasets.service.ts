import { Injectable, Logger } from '@nestjs/common';
import type { Kysely, Selectable } from 'kysely';
import { chunksOf, MAX_BOUND, messageOf } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import { type Job, JobKind, JobQueue } from '../../jobs/index.ts';
import { AnnotationUploads } from '../import/annotation-uploads.ts';
import {
  DATASET_NAME,
  datasetNotFound,
  importInputInvalid,
  invalidDatasetName,
  labelUnknown,
} from '../datasets.errors.ts';
import type { SourceSpec } from '../sources/dataset-sources.port.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import { uploadOf, type ImportInput, type ImportRequest, type ImportSource } from '../import/import-input.ts';
import { ImportPaths } from '../import/import-paths.ts';

export interface Dataset {
  readonly id: number;
  readonly name: string;
  readonly createdAt: Date;
}

export interface Label {
  readonly id: number;
  readonly datasetId: number;
  /** As the data spell it. */
  readonly key: string;
  /** To show; the key where the data give no name. */
  readonly name: string;
  readonly imageCount: number;
}

const PAGE = 100;

/** Datasets and their labels, and the jobs that fill and delete them. */
@Injectable()
export class DatasetsService {
  private readonly logger = new Logger('Datasets');
  private readonly db: Kysely<DatasetsTables>;

  constructor(
    database: Database,
    private readonly jobs: JobQueue,
    private readonly paths: ImportPaths,
    private readonly uploads: AnnotationUploads,
  ) {
    this.db = database.tables<DatasetsTables>();
  }

  /** Rejects with `DATASET_NOT_FOUND`. */
  async get(id: number): Promise<Dataset> {
    const row = await this.db.selectFrom('datasets').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw datasetNotFound(String(id));
    return toDataset(row);
  }

  /** Rejects with `DATASET_NOT_FOUND`. */
  async getByName(name: string): Promise<Dataset> {
    const row = await this.db.selectFrom('datasets').selectAll().where('name', '=', name).executeTakeFirst();
    if (row === undefined) throw datasetNotFound(name);
    return toDataset(row);
  }

  /** A page of datasets by rising id, after the one with the id `after`. */
  async list(page: { readonly after?: number; readonly limit: number }): Promise<Dataset[]> {
    const rows = await this.db
      .selectFrom('datasets')
      .selectAll()
      .where('id', '>', page.after ?? 0)
      .orderBy('id')
      .limit(page.limit)
      .execute();
    return rows.map(toDataset);
  }

  async *all(): AsyncGenerator<Dataset> {
    for (let after = 0; ;) {
      const page = await this.list({ after, limit: PAGE });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = last.id;
    }
  }

  async count(): Promise<number> {
    const { datasets } = await this.db
      .selectFrom('datasets')
      .select((eb) => eb.fn.countAll<number>().as('datasets'))
      .executeTakeFirstOrThrow();
    return datasets;
  }

  async countImages(id: number): Promise<number> {
    return (await this.imageCounts([id])).get(id) ?? 0;
  }

  /** Images by dataset; datasets without any are left out. */
  async imageCounts(ids: readonly number[]): Promise<Map<number, number>> {
    const counts = new Map<number, number>();
    for (const chunk of chunksOf(ids, MAX_BOUND)) {
      const rows = await this.db
        .selectFrom('images')
        .select((eb) => ['dataset_id', eb.fn.countAll<number>().as('images')])
        .where('dataset_id', 'in', chunk)
        .groupBy('dataset_id')
        .execute();
      for (const { dataset_id, images } of rows) counts.set(dataset_id, images);
    }
    return counts;
  }

  /** The labels of a dataset that images have, by key. */
  async labels(id: number): Promise<Label[]> {
    const rows = await this.db
      .selectFrom('labels')
      .innerJoin('image_labels', 'image_labels.label_id', 'labels.id')
      .select((eb) => [
        'labels.id',
        'labels.dataset_id',
        'labels.key',
        'labels.name',
        eb.fn.countAll<number>().as('images'),
      ])
      .where('labels.dataset_id', '=', id)
      .groupBy('labels.id')
      .orderBy('labels.key')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      datasetId: row.dataset_id,
      key: row.key,
      name: row.name,
      imageCount: row.images,
    }));
  }

  /** Rejects with `LABEL_UNKNOWN` naming the labels that none of the datasets has. */
  async assertLabelsKnown(datasetIds: readonly number[], labels: readonly string[]): Promise<void> {
    const unknown = new Set(labels);
    for (const datasets of chunksOf(datasetIds, MAX_BOUND)) {
      for (const keys of chunksOf([...unknown], MAX_BOUND)) {
        const rows = await this.db
          .selectFrom('labels')
          .select('key')
          .where('dataset_id', 'in', datasets)
          .where('key', 'in', keys)
          .execute();
        for (const { key } of rows) unknown.delete(key);
      }
    }
    if (unknown.size === 0) return;
    throw labelUnknown([...unknown], datasetIds.length === 1 ? 'The dataset' : 'None of the datasets');
  }

  /**
   * Asks for an import. The dataset is made where there is none of that name. Only those who are
   * `trusted` may name paths outside the import roots. An uploaded annotation file is removed where
   * no new job comes of it.
   *
   * Rejects with `INVALID_DATASET_NAME`, `IMPORT_INPUT_INVALID`, `IMPORT_PATH_REFUSED`, `SOURCE_NOT_FOUND`.
   */
  async enqueueImport(request: ImportRequest, caller: { readonly trusted: boolean }): Promise<Job> {
    const { source } = request;
    const upload = uploadOf(source);
    let kept = false;
    try {
      const input = await this.resolveImport(request, caller);
      const { id, created } = await this.findOrCreate(request.dataset);
      try {
        const job = await this.jobs.enqueue({ kind: JobKind.IMPORT_DATASET, datasetId: id, input });
        kept = true;
        return job;
      } catch (error) {
        if (created) await this.removeEmpty(id);
        throw error;
      }
    } finally {
      if (upload !== undefined && !kept) await this.uploads.remove(upload);
    }
  }

  /** Stops what is going on with a dataset and asks for its deletion. Rejects with `DATASET_NOT_FOUND`. */
  async enqueueDelete(id: number): Promise<Job> {
    await this.get(id);
    await this.jobs.cancelActive(id);
    return this.jobs.enqueue({ kind: JobKind.DELETE_DATASET, datasetId: id, input: {} });
  }

  /** What a job would be given. Rejects as `enqueueImport` does. */
  async resolveImport(
    request: ImportRequest,
    caller: { readonly trusted: boolean },
  ): Promise<ImportInput & { readonly source: SourceSpec }> {
    const { dataset, source, labelIds, limit } = request;
    if (!DATASET_NAME.test(dataset)) throw invalidDatasetName(dataset);
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1)) {
      throw importInputInvalid('The limit is a whole number of images, 1 or more.');
    }
    if (labelIds?.length === 0) throw importInputInvalid('Name at least one label, or leave labelIds out.');
    if (source.kind === 'annotations') assertReadable(source);
    return {
      dataset,
      source: await this.paths.resolve(request.source, caller),
      ...(labelIds === undefined ? {} : { labelIds: [...new Set(labelIds)].sort() }),
      ...(limit === undefined ? {} : { limit }),
    };
  }

  /** Takes back the dataset that was made for an import; on a full disk this may fail as the import did. */
  private async removeEmpty(id: number): Promise<void> {
    try {
      await this.db.deleteFrom('datasets').where('id', '=', id).execute();
    } catch (error) {
      this.logger.warn(`An empty dataset was left behind: ${messageOf(error)}`);
    }
  }

  private async findOrCreate(name: string): Promise<{ id: number; created: boolean }> {
    return this.db.transaction().execute(async (trx) => {
      const found = await trx.selectFrom('datasets').select('id').where('name', '=', name).executeTakeFirst();
      if (found !== undefined) return { id: found.id, created: false };
      const { id } = await trx
        .insertInto('datasets')
        .values({ name, created_at: Date.now() })
        .returning('id')
        .executeTakeFirstOrThrow();
      return { id, created: true };
    });
  }
}

/** Columns and separators are of tables, and must be something. */
function assertReadable(source: Extract<ImportSource, { kind: 'annotations' }>): void {
  const { format = 'AUTO', columns = {}, labelSeparator = '' } = source;
  const roles = [columns.id, columns.url, columns.label].filter((names) => names !== undefined);
  if (roles.some((names) => names.length === 0 || names.length > 20 || names.includes(''))) {
    throw importInputInvalid('Name 1 to 20 columns for the id, the URL or the label, or leave it out.');
  }
  if (roles.length > 0 && (format === 'IMATERIALIST' || format === 'COCO')) {
    throw importInputInvalid('Columns are named for CSV and JSONL only.');
  }
  if (labelSeparator.length > 10) throw importInputInvalid('A separator has at most 10 characters.');
}

function toDataset(row: Selectable<DatasetsTables['datasets']>): Dataset {
  return { id: row.id, name: row.name, createdAt: new Date(row.created_at) };
}
