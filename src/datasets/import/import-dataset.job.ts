import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { chunksFrom, chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import { DownloadsConfig } from '../../downloads/index.ts';
import { JobHandler, JobKind, type JobRun } from '../../jobs/index.ts';
import { AnnotationUploads } from './annotation-uploads.ts';
import type { DatasetSource, SourceImage } from '../sources/dataset-source.port.ts';
import { DatasetSources } from '../sources/dataset-sources.port.ts';
import { DatasetsConfig, IMPORTS_PER_CORE } from '../datasets.config.ts';
import { datasetNotFound, importAllFailed } from '../datasets.errors.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import { DownloadAccount } from '../ledger/download-recorder.ts';
import { DownloadLedger } from '../ledger/download-ledger.ts';
import { ImageIntake } from './image-intake.ts';
import { ImageRemover } from '../catalogue/image-remover.ts';
import { ImageWriter, type LabelAddition } from '../catalogue/image-writer.ts';
import type { ImportInput } from './import-input.ts';
import { LedgerSource } from '../sources/ledger.source.ts';
import { ImportRun } from './import-run.ts';
import { PlaceholderSweep } from './placeholder-sweep.ts';

/** Images looked up in the database at once. */
const CHUNK = 256;
/** Images ahead for each download that may run, so that there is work while a slow host keeps its own waiting. */
const WAITING_PER_DOWNLOAD = 4;

/**
 * Brings the images of a source into a dataset.
 *
 * An image whose external id the dataset has is counted as done: its bytes are not looked at again,
 * labels that the source has more are added, none is taken away. So an import can be run again, and
 * goes on where it was interrupted. One image that fails is a failure in the job's list, no more; if none
 * succeeds, the import has failed.
 */
@Injectable()
export class ImportDatasetJob extends JobHandler<ImportInput> {
  readonly kind = JobKind.IMPORT_DATASET;
  private readonly db: Kysely<DatasetsTables>;

  constructor(
    database: Database,
    private readonly sources: DatasetSources,
    private readonly intake: ImageIntake,
    private readonly writer: ImageWriter,
    private readonly remover: ImageRemover,
    private readonly uploads: AnnotationUploads,
    private readonly ledger: DownloadLedger,
    private readonly placeholders: PlaceholderSweep,
    private readonly config: DatasetsConfig,
    private readonly downloads: DownloadsConfig,
  ) {
    super();
    this.db = database.tables<DatasetsTables>();
  }

  async run(run: JobRun<ImportInput>): Promise<void> {
    const source = this.sourceOf(run);
    await this.ensureDataset(run);
    const names = await this.survey(run, source);
    await this.writer.nameLabels(run.datasetId, names);

    const account = new DownloadAccount(this.ledger, run.datasetId, run.jobId, (bytes) =>
      run.transferred(bytes),
    );
    run.watchHosts(() => account.hosts);
    const importing = new ImportRun(run, this.intake, this.writer, this.remover, {
      names,
      account,
      files: this.config.IMPORT_CONCURRENCY || IMPORTS_PER_CORE * availableParallelism(),
      urls: WAITING_PER_DOWNLOAD * this.downloads.DOWNLOAD_CONCURRENCY,
    });
    try {
      for await (const chunk of chunksFrom(source.read(run.input, run.signal), CHUNK)) {
        const fresh = await this.passOverKnown(run, chunk, names);
        await account.lookUp(fresh);
        for (const image of fresh) await importing.add(image);
      }
    } finally {
      // What is stored already is committed even where the job ends here: no file without its row.
      await importing.finish();
    }
    run.signal.throwIfAborted();
    await this.placeholders.sweep(run);
    const { done, failed, commonestFailure } = run.counts;
    if (done === 0 && commonestFailure !== undefined) throw importAllFailed(failed, commonestFailure);
  }

  override async settled({ source }: ImportInput): Promise<void> {
    if (source.kind === 'annotations' && source.uploaded) await this.uploads.remove(source.annotationsPath);
  }

  private sourceOf({ datasetId, input: { source } }: JobRun<ImportInput>): DatasetSource {
    if (source.kind === 'ledger') return new LedgerSource(this.ledger, datasetId, source.codes);
    return this.sources.open(source);
  }

  /** Reads the source once before anything is written, so that one that is no good leaves nothing behind. */
  private async survey(
    run: JobRun<ImportInput>,
    source: DatasetSource,
  ): Promise<ReadonlyMap<string, string>> {
    try {
      run.setTotal(await source.count(run.input, run.signal));
      return await source.labelNames();
    } catch (error) {
      if (!run.signal.aborted) await this.removeEmptyDataset(run.datasetId);
      throw error;
    }
  }

  /** The images of the chunk that the dataset does not have. */
  private async passOverKnown(
    run: JobRun<ImportInput>,
    images: readonly SourceImage[],
    names: ReadonlyMap<string, string>,
  ): Promise<SourceImage[]> {
    const known = await this.findKnown(run.datasetId, images);
    const additions: LabelAddition[] = [];
    for (const { externalId, labels } of images) {
      const image = known.get(externalId);
      if (image === undefined) continue;
      const missing = labels.filter((label) => !image.labels.has(label));
      if (missing.length > 0) additions.push({ imageId: image.id, labels: missing });
    }
    if (additions.length > 0) await this.writer.addLabels(run.datasetId, additions, names);
    run.advance(known.size);
    return images.filter(({ externalId }) => !known.has(externalId));
  }

  private async findKnown(datasetId: number, images: readonly SourceImage[]) {
    const known = new Map<string, { readonly id: number; readonly labels: Set<string> }>();
    for (const chunk of chunksOf(images, MAX_BOUND)) {
      const rows = await this.db
        .selectFrom('images')
        .leftJoin('image_labels', 'image_labels.image_id', 'images.id')
        .leftJoin('labels', 'labels.id', 'image_labels.label_id')
        .select(['images.id', 'images.external_id', 'labels.key'])
        .where('images.dataset_id', '=', datasetId)
        .where(
          'images.external_id',
          'in',
          chunk.map(({ externalId }) => externalId),
        )
        .execute();
      for (const { id, external_id, key } of rows) {
        const image = known.get(external_id) ?? { id, labels: new Set<string>() };
        if (key !== null) image.labels.add(key);
        known.set(external_id, image);
      }
    }
    return known;
  }

  /** The dataset may have been deleted while the job was waiting; then it comes back under its id. */
  private async ensureDataset({ datasetId, input }: JobRun<ImportInput>): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      const found = await trx
        .selectFrom('datasets')
        .select(['id', 'name'])
        .where((eb) => eb.or([eb('id', '=', datasetId), eb('name', '=', input.dataset)]))
        .execute();
      if (found.some(({ id }) => id === datasetId)) return;
      if (found.length > 0) throw datasetNotFound(String(datasetId));
      const row = { id: datasetId, name: input.dataset, created_at: Date.now() };
      await trx.insertInto('datasets').values(row).execute();
    });
  }

  private async removeEmptyDataset(datasetId: number): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      // One that has ever had an image was there before this import.
      const used = await trx
        .selectFrom('image_changes')
        .select('change')
        .where('dataset_id', '=', datasetId)
        .limit(1)
        .executeTakeFirst();
      if (used !== undefined) return;
      await trx.deleteFrom('labels').where('dataset_id', '=', datasetId).execute();
      await trx.deleteFrom('datasets').where('id', '=', datasetId).execute();
    });
  }
}
