import { Injectable } from '@nestjs/common';
import { DatasetRepository } from '../catalogue/dataset.repository.ts';
import { ImageChangeRepository } from '../catalogue/image-change.repository.ts';
import { AttributeRepository } from '../attributes/attribute.repository.ts';
import { LabelRepository } from '../catalogue/label.repository.ts';
import { Transactions } from '../catalogue/transactions.ts';
import { chunksFrom } from '../../common/index.ts';
import { datasetNotFound, importAllFailed } from '../datasets.errors.ts';
import { JobHandler, JobKind, type JobRun } from '../../jobs/index.ts';
import type { DatasetSource } from '../sources/dataset-source.port.ts';
import { DatasetSources } from '../sources/dataset-sources.port.ts';
import { AnnotationUploads } from './annotation-uploads.ts';
import type { ImportInput } from './import-input.ts';
import { planAttributes, type ImportAttributes } from './import-attributes.ts';
import { ImportRuns } from './import-runs.ts';
import { Stages } from '../stages/stages.service.ts';
import { PlaceholderSweep } from './placeholder-sweep.ts';

/** The number of images that are looked up in the database at a time. */
const CHUNK = 256;

/**
 * Imports the images of a source into a dataset.
 *
 * An image whose external id the dataset already has counts as done: its bytes are not read again,
 * labels and attributes that it lacks are added, and none are changed or removed. An import can therefore be run again, and
 * resumes where it was interrupted. An image that fails is listed among the failures of the job. If
 * no image succeeds, the job fails.
 */
@Injectable()
export class ImportDatasetJob extends JobHandler<ImportInput> {
  readonly kind = JobKind.IMPORT_DATASET;

  constructor(
    private readonly transactions: Transactions,
    private readonly datasets: DatasetRepository,
    private readonly labels: LabelRepository,
    private readonly attributes: AttributeRepository,
    private readonly changes: ImageChangeRepository,
    private readonly sources: DatasetSources,
    private readonly runs: ImportRuns,
    private readonly placeholders: PlaceholderSweep,
    private readonly uploads: AnnotationUploads,
    private readonly stages: Stages,
  ) {
    super();
  }

  async run(run: JobRun<ImportInput>): Promise<void> {
    const { datasetId, input, signal } = run;
    const source = this.sources.openSource(
      input.source.kind === 'ledger' ? { ...input.source, datasetId } : input.source,
    );
    await this.ensureDataset(run);
    const { names, attributes } = await this.survey(run, source);
    await this.renameLabels(datasetId, names);

    const importing = this.runs.start(run, names, attributes);
    try {
      for await (const chunk of chunksFrom(source.read(input, signal), CHUNK)) {
        await importing.importImages(chunk);
      }
    } finally {
      // Images that are stored already get their rows even if the job ends here: no file without a row.
      await importing.finish();
    }
    signal.throwIfAborted();
    await this.placeholders.sweep(run);
    const { done, failed, commonestFailure } = run.counts;
    if (done === 0 && importing.imported === 0 && commonestFailure !== undefined)
      throw importAllFailed(failed, commonestFailure);
  }

  override async settled({ source }: ImportInput): Promise<void> {
    if (source.kind === 'annotations' && source.uploaded) await this.uploads.remove(source.annotationsPath);
    if (source.kind !== 'ledger' && source.stage !== undefined) await this.stages.remove(source.stage);
  }

  /** Reads the source once before anything is written, so that an invalid one leaves nothing behind. */
  private async survey(
    run: JobRun<ImportInput>,
    source: DatasetSource,
  ): Promise<{ names: ReadonlyMap<string, string>; attributes: ImportAttributes }> {
    const { datasetId, input, signal } = run;
    try {
      run.setTotal(await source.count(input, signal));
      const names = await source.labelNames();
      return {
        names,
        attributes: await planAttributes(source, input, await this.attributes.types(datasetId), signal),
      };
    } catch (error) {
      if (!run.signal.aborted) await this.removeIfNeverUsed(run.datasetId);
      throw error;
    }
  }

  /** Indexes may hold the names of labels beside each image, so they have to follow. */
  private async renameLabels(datasetId: number, names: ReadonlyMap<string, string>): Promise<void> {
    await this.transactions.commit(async (transaction) => {
      const renamed = await this.labels.rename(datasetId, names, transaction);
      const images = await this.labels.imagesWith(datasetId, renamed, transaction);
      await this.changes.renumber(datasetId, images, 'facts', transaction);
    });
  }

  /** If the dataset was deleted while the job was waiting, it is created again with the same id. */
  private async ensureDataset({
    datasetId: id,
    input: { dataset: name },
  }: JobRun<ImportInput>): Promise<void> {
    await this.transactions.commit(async (transaction) => {
      if ((await this.datasets.findById(id, transaction)) !== undefined) return;
      const successor = await this.datasets.findByName(name, transaction);
      if (successor !== undefined) throw datasetNotFound(String(id));
      await this.datasets.insert({ id, name }, transaction);
    });
  }

  /** A dataset that has ever had an image existed before this import. */
  private async removeIfNeverUsed(datasetId: number): Promise<void> {
    await this.transactions.commit(async (transaction) => {
      if ((await this.changes.findLatest(datasetId, transaction)) !== undefined) return;
      await this.labels.deleteAll(datasetId, transaction);
      await this.attributes.deleteUnused(datasetId, transaction);
      await this.datasets.delete(datasetId, transaction);
    });
  }
}
