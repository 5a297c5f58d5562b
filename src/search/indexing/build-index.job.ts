import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { DatasetsService, ImagesService } from '../../datasets/index.ts';
import { explainLearning, projectionTooFew, type EmbeddingModel } from '../../embeddings/index.ts';
import { withLabels } from '../../filters/index.ts';
import { JobHandler, JobKind, JobStage, type ItemFailure, type JobRun } from '../../jobs/index.ts';
import { IndexCalibrations } from '../confidence/index-calibrations.ts';
import { IndexRepository, type DatasetIndex } from './index.repository.ts';
import { buildStages, type BuildStages } from './build-stages.ts';
import { DatasetModels } from './dataset-models.ts';
import { IndexLoader } from './index-loader.ts';
import { indexAllFailed, indexIncomplete, searchUnavailable } from '../search.errors.ts';
import { VectorIndex } from '../vector-index/vector-index.port.ts';

/** The number of changes that are read from the catalogue at once. The pipeline runs empty after each round. */
const ROUND = 8_000;
/** How long to wait for an unavailable index; each wait is twice as long as the one before. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** How often to compare the index with the dataset, because images may change in between. */
const CHECKS = 4;
/** The drift of the projection is measured again once this share of the images has changed. */
const NOTABLE_SHARE = 0.02;

export interface BuildIndexInput {
  /** A model spec. If omitted, the model of the dataset's current index is used, or else the configured one. */
  readonly model?: string;
  /** Restricts the index to images with these labels. */
  readonly labelIds?: readonly string[];
  /** Processes every image again, not only those that have changed since the last build. */
  readonly rebuild?: boolean;
  /** Fits the projection of the model again, which leads to a new index. */
  readonly refit?: boolean;
}

/**
 * Brings the index of a dataset up to date: the first build processes every image, later ones only those that
 * have changed. After an interruption it resumes at the last checkpoint. While the vector index is unavailable,
 * it waits.
 *
 * An index of another model keeps answering until the new one is complete, and is kept until it is dropped.
 */
@Injectable()
export class BuildIndexJob extends JobHandler<BuildIndexInput> {
  readonly kind = JobKind.BUILD_INDEX;
  private readonly logger = new Logger('BuildIndex');

  constructor(
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
    private readonly models: DatasetModels,
    private readonly indexes: IndexRepository,
    private readonly loader: IndexLoader,
    private readonly vectorIndex: VectorIndex,
    private readonly calibrations: IndexCalibrations,
  ) {
    super();
  }

  async run(run: JobRun<BuildIndexInput>): Promise<void> {
    const { model, stages, sampledAll } = await this.modelFor(run);
    const index = await this.retryWhileUnavailable(run.signal, () => this.prepare(run, model));
    const embeds = sampledAll ? JobStage.WRITING : JobStage.EMBEDDING;
    await this.retryWhileUnavailable(run.signal, () => this.complete(index, run, stages, embeds));
    run.enterStage(JobStage.CALIBRATING, 1);
    await this.updateDrift(index, model, run.signal);
    await this.retryWhileUnavailable(run.signal, () => this.calibrations.update(index.id, run.signal));
    await this.retryWhileUnavailable(run.signal, () => this.vectorIndex.publish(index.name));
    await this.indexes.markReady(index);
    // From now on, changes are applied as they are made. This picks up those made just before.
    await this.retryWhileUnavailable(run.signal, () => this.catchUp(index, run));
  }

  /**
   * The model, with the stages of the build and whether all images were embedded to fit its projection. They are counted
   * meanwhile, and then again.
   */
  private async modelFor(run: JobRun<BuildIndexInput>): Promise<{
    readonly model: EmbeddingModel;
    readonly stages: BuildStages;
    readonly sampledAll: boolean;
  }> {
    const { model: spec, labelIds, refit } = run.input;
    const indexes = await this.indexes.listByDataset(run.datasetId);
    const index = indexes.find(({ ready }) => ready) ?? indexes.find(({ replaced }) => !replaced);
    const current = index?.model;
    const failures: ItemFailure[] = [];
    let stages = buildStages(await this.images.count(run.datasetId), 0);
    let [fitted, sample, sampledAll] = [0, 0, false];
    try {
      const model = await this.models.modelForIndex(
        run.datasetId,
        { spec, current, drift: index?.drift, labelIds, refit },
        {
          signal: run.signal,
          onBegin: (images, all) => {
            stages = buildStages(all, images);
            [sample, sampledAll] = [images, images === all];
            run.setTotal(all);
            run.enterStage(JobStage.EMBEDDING, stages.sampled);
          },
          onImage: (failure) => {
            if (failure !== undefined) failures.push(failure);
            fitted += 1;
            run.advance();
            run.showShare(fitted / sample);
          },
          onFit: (share) => {
            if (share === 0) run.enterStage(JobStage.FITTING, stages.fitted);
            run.showShare(share);
          },
        },
      );
      const learning = model.projection?.stats.learning;
      if (learning !== undefined && model.identity.key !== current?.key) {
        this.logger.log(`${model.name}: ${explainLearning(learning)}`);
      }
      return { model, stages, sampledAll };
    } catch (error) {
      if (!projectionTooFew.is(error) || failures.length === 0) throw error;
      for (const failure of failures) run.fail(failure);
      run.setTotal(failures.length);
      const { name } = await this.datasets.get(run.datasetId);
      throw indexAllFailed(name, failures.length, commonest(failures));
    } finally {
      run.countAgain();
    }
  }

  private async prepare(
    { datasetId, input }: JobRun<BuildIndexInput>,
    { identity }: EmbeddingModel,
  ): Promise<DatasetIndex> {
    const dataset = await this.datasets.get(datasetId);
    const index = await this.indexes.findOrCreate(datasetId, dataset.name, identity);
    const { name } = index;
    const spec = { name, dimension: identity.dimension, model: identity.key, dataset: dataset.name };
    const lacksEntries = (await this.vectorIndex.create(spec)) && index.checkpoint > 0;
    const isAsBefore = input.rebuild !== true && sameLabels(index.labelIds, input.labelIds);
    return isAsBefore && !lacksEntries ? index : this.indexes.restartBuild(index.id, input.labelIds);
  }

  private async updateDrift(index: DatasetIndex, model: EmbeddingModel, signal: AbortSignal): Promise<void> {
    const { base, projection } = model;
    if (projection === undefined) return;
    const { checkpoint } = await this.indexes.get(index.id);
    const images = await this.images.count(index.datasetId);
    const isNotable = index.drift === undefined || checkpoint - index.checkpoint > NOTABLE_SHARE * images;
    if (!isNotable) return;
    await this.indexes.recordDrift(
      index.id,
      await this.models.measureDrift(index.datasetId, base, projection, signal),
    );
  }

  /** Applies all changes and verifies that the index contains as many images as it should. */
  private async complete(
    index: DatasetIndex,
    run: JobRun<BuildIndexInput>,
    { written, graphBuilt }: BuildStages,
    embeds: JobStage,
  ): Promise<void> {
    for (let check = 1; ; check += 1) {
      run.enterStage(embeds, written);
      await this.catchUp(index, run);
      run.enterStage(JobStage.BUILDING_GRAPH, graphBuilt);
      await this.vectorIndex.optimise(index.name, { signal: run.signal });
      run.signal.throwIfAborted();
      const [held, expected] = [await this.vectorIndex.count(index.name), await this.countExpected(index)];
      if (held === expected) {
        if (held === 0) await this.assertNothingFailed(index);
        return;
      }
      if (check === CHECKS) {
        const { name } = await this.datasets.get(index.datasetId);
        throw indexIncomplete(name, held, expected);
      }
      await sleep(FIRST_WAIT_MS, undefined, { signal: run.signal });
    }
  }

  /** An index without any image of its dataset must not replace one that answers. */
  private async assertNothingFailed({ id, datasetId }: DatasetIndex): Promise<void> {
    const example = await this.indexes.findCommonestFailure(id);
    if (example === undefined) return;
    const { name } = await this.datasets.get(datasetId);
    throw indexAllFailed(name, await this.indexes.countFailures(id), example);
  }

  private async catchUp(index: DatasetIndex, run: JobRun<BuildIndexInput>): Promise<void> {
    const current = await this.indexes.get(index.id);
    let { checkpoint } = current;
    const before = run.counts.done + run.counts.failed;
    run.setTotal(before + (await this.images.countChangesAfter(index.datasetId, checkpoint)));
    for (;;) {
      const changes = await this.images.changesAfter(index.datasetId, checkpoint, ROUND);
      const last = changes.at(-1);
      if (last === undefined) {
        // Images that failed twice count once, and changes may have come in or been overtaken meanwhile.
        run.setTotal(run.counts.done + run.counts.failed);
        return;
      }
      await this.loader.load(current, changes, {
        signal: run.signal,
        written: (images) => run.advance(images),
        failed: (failure) => run.fail(failure),
      });
      checkpoint = last.change;
    }
  }

  private async countExpected({ id, datasetId, labelIds }: DatasetIndex): Promise<number> {
    return (
      (await this.images.count(datasetId, labelIds && withLabels(labelIds))) -
      (await this.indexes.countFailures(id))
    );
  }

  /** Repeats `work` for as long as the vector index is unavailable. `work` resumes where it failed. */
  private async retryWhileUnavailable<Result>(
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        if (!searchUnavailable.is(error)) throw error;
        this.logger.warn(`${error.message} Retrying in ${wait / 1000} s.`);
        await sleep(wait, undefined, { signal });
      }
    }
  }
}

/** An example of the failures with the most frequent code. There must be at least one. */
function commonest(failures: readonly ItemFailure[]): ItemFailure {
  const counts = new Map<string, number>();
  for (const { code } of failures) counts.set(code, (counts.get(code) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return failures.find(({ code }) => counts.get(code) === most)!;
}

function sameLabels(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return JSON.stringify(a?.toSorted()) === JSON.stringify(b?.toSorted());
}
