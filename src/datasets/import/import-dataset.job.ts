import { Injectable } from '@nestjs/common';
import { DatasetRepository } from '../catalogue/dataset.repository.ts';
import { ImageChangeRepository } from '../catalogue/image-change.repository.ts';
import { AttributeRepository } from '../attributes/attribute.repository.ts';
import { LabelRepository } from '../catalogue/label.repository.ts';
import { Transactions } from '../catalogue/transactions.ts';
import { chunksFrom } from '../../common/index.ts';
import { datasetNotFound, importAllFailed, importFailuresTooMany } from '../datasets.errors.ts';
import { JobHandler, JobKind, JobStage, type ItemFailure, type JobRun } from '../../jobs/index.ts';
import type { DatasetSource, SourceFaults } from '../sources/dataset-source.port.ts';
import { AnnotationUploads } from './annotation-uploads.ts';
import type { ImportInput } from './import-input.ts';
import { planAttributes, type ImportAttributes } from './import-attributes.ts';
import { ImportRuns } from './import-runs.ts';
import { OpenedSources } from './opened-sources.ts';
import { Stages } from '../stages/stages.service.ts';
import { PlaceholderSweep } from './placeholder-sweep.ts';
import { SyncRuns } from '../sync/sync-runs.ts';
import type { SyncRun } from '../sync/sync-run.ts';

/** The number of images that are looked up in the database at a time. */
const CHUNK = 500;
/** The shares of the whole job that are done when the source has been read through, transcribed if it has to be, and compared in a synchronisation. */
const [READ, TRANSCRIBED, COMPARED] = [0.02, 0.1, 0.3];

/**
 * Imports the images of a source into a dataset.
 *
 * An image whose external id the dataset already has counts as done: its bytes are not read again,
 * labels and attributes that it lacks are added, and none are changed or removed. With `sync`, the dataset is brought
 * in step with the source instead (see `SyncRun`). An import can therefore be run again, and
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
    private readonly sources: OpenedSources,
    private readonly runs: ImportRuns,
    private readonly placeholders: PlaceholderSweep,
    private readonly uploads: AnnotationUploads,
    private readonly stages: Stages,
    private readonly syncs: SyncRuns,
  ) {
    super();
  }

  async run(run: JobRun<ImportInput>): Promise<void> {
    const { source, close } = await this.open(run);
    try {
      await this.importFrom(source, run);
    } finally {
      await close();
    }
  }

  private async open({ input, datasetId, signal }: JobRun<ImportInput>) {
    try {
      return await this.sources.open(input, datasetId, signal);
    } catch (error) {
      if (!signal.aborted) await this.removeIfNeverUsed(datasetId);
      throw error;
    }
  }

  private async importFrom(source: DatasetSource, run: JobRun<ImportInput>): Promise<void> {
    const { datasetId, input, signal } = run;
    run.enterStage(JobStage.READING, READ);
    showPreparation(source, run);
    await this.ensureDataset(run);
    const { names, attributes, total } = await this.survey(run, source);
    await this.renameLabels(datasetId, names);

    const ledger = await this.syncs.beginPass(datasetId, input);
    const importing = this.runs.start(run, names, attributes, ledger);
    const chunks = () => withinFailures(run, total, chunksFrom(source.read(input, signal), CHUNK));
    const { sync: options } = input;
    const syncing =
      options === undefined || ledger === undefined
        ? undefined
        : this.syncs.start(
            {
              datasetId,
              signal,
              names,
              attributes,
              options,
              check: input,
              doing: { job: run, importing },
            },
            ledger,
          );
    try {
      if (syncing === undefined) {
        run.enterStage(JobStage.IMPORTING, 1);
        for await (const chunk of chunks()) await importing.importImages(chunk);
      } else {
        run.enterStage(JobStage.COMPARING, COMPARED);
        await syncing.compare(chunks());
        run.enterStage(JobStage.IMPORTING, 1);
        if (syncing.hasNew) for await (const chunk of chunks()) await syncing.add(chunk);
      }
    } finally {
      // Images that are stored already get their rows even if the job ends here: no file without a row.
      await importing.finish();
    }
    signal.throwIfAborted();
    assertFailures(run, total);
    if (syncing === undefined) await this.placeholders.sweep(run);
    else await this.finishSync(syncing, source, run);
    const { done, failed, commonestFailure } = run.counts;
    if (done === 0 && importing.imported === 0 && commonestFailure !== undefined)
      throw importAllFailed(failed, commonestFailure);
  }

  /** Images that turn out to be placeholders count as failed. */
  private async finishSync(syncing: SyncRun, source: DatasetSource, run: JobRun<ImportInput>): Promise<void> {
    const { jobId, datasetId, signal } = run;
    try {
      await syncing.forgetOtherFailures();
      await syncing.removeVanished((await source.faults(signal)).count);
      await this.placeholders.sweep(run, (image) => syncing.tally.fail(image));
    } finally {
      await this.syncs.keepResult(jobId, datasetId, syncing.tally.counts());
    }
  }

  override async settled({ source }: ImportInput): Promise<void> {
    if (source.kind === 'annotations' && source.uploaded) await this.uploads.remove(source.annotationsPath);
    if ('stage' in source && source.stage !== undefined) await this.stages.remove(source.stage);
  }

  /** Reads the source once before anything is written, so that an invalid one leaves nothing behind. */
  private async survey(
    run: JobRun<ImportInput>,
    source: DatasetSource,
  ): Promise<{ names: ReadonlyMap<string, string>; attributes: ImportAttributes; total: number }> {
    const { datasetId, input, signal } = run;
    try {
      const images = await source.count(input, signal);
      const faults = failuresOf(await source.faults(signal));
      const total = images + faults.length;
      run.setTotal(total);
      for (const failure of faults) run.fail(failure);
      const names = await source.labelNames();
      return {
        total,
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

/** A source that has to be transcribed first is shown in a stage of its own. */
function showPreparation(source: DatasetSource, run: JobRun<ImportInput>): void {
  let isShown = false;
  source.onPrepared = (share) => {
    if (!isShown) run.enterStage(JobStage.TRANSCRIBING, TRANSCRIBED);
    isShown = true;
    run.showShare(share);
  };
}

/** A failure for each fault of the source that is known in detail, and one for all others together. */
function failuresOf({ count, first }: SourceFaults): ItemFailure[] {
  const failures = first.map(({ item, error: { code, message } }) => ({ item, code, message }));
  const last = failures.at(-1);
  if (last === undefined || count === first.length) return failures;
  const others = count - first.length;
  return [
    ...failures,
    { item: 'others', code: last.code, message: `${others} more have problems of this kind.` },
  ];
}

/** Ends with `IMPORT_FAILURES_TOO_MANY` once more items have failed than may. */
async function* withinFailures<Item>(
  run: JobRun<ImportInput>,
  total: number,
  chunks: AsyncIterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  for await (const chunk of chunks) {
    assertFailures(run, total);
    yield chunk;
  }
}

function assertFailures({ input: { maxFailures }, counts }: JobRun<ImportInput>, total: number): void {
  if (maxFailures === undefined) return;
  const most = maxFailures < 1 ? Math.floor(maxFailures * total) : maxFailures;
  if (counts.failed > most) throw importFailuresTooMany(counts.failed, most, counts.commonestFailure);
}
