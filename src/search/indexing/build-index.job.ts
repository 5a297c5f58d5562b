import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { DatasetsService, ImagesService } from '../../datasets/index.ts';
import type { EmbeddingModel } from '../../embeddings/index.ts';
import { JobHandler, JobKind, type JobRun } from '../../jobs/index.ts';
import { DatasetIndexes, type DatasetIndex } from './dataset-indexes.ts';
import { DatasetModels } from './dataset-models.ts';
import { IndexWriter } from './index-writer.ts';
import { indexAllFailed, indexIncomplete, searchUnavailable } from '../search.errors.ts';
import { VectorIndex } from '../vector-index/vector-index.port.ts';

/** Changes taken from the catalogue at once; between two rounds the pipeline runs empty for a moment. */
const ROUND = 8_000;
/** How long to wait for an index that is away, twice as long each time. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** Images may change between two looks at the index. */
const LOOKS = 4;

/** What was written is this share of all images: then the age of the projection is told anew. */
const NOTABLE_SHARE = 0.02;

export interface BuildIndexInput {
  /** A model spec; where it is absent, that of the index that the dataset has, or the configured one. */
  readonly model?: string;
  /** Restricts the index to images with these labels. */
  readonly labelIds?: readonly string[];
  /** Looks at every image again, not only at those that changed since the last build. */
  readonly rebuild?: boolean;
  /** Fits the projection of the model again, and so builds a new index. */
  readonly refit?: boolean;
}

/**
 * Brings a dataset's index up to date with its images: the first time all of them, later those
 * that changed. Goes on after its last checkpoint when it was interrupted, and waits where the
 * vector index is away.
 *
 * An index of another model answers until this one is complete, and is then kept until it is dropped.
 */
@Injectable()
export class BuildIndexJob extends JobHandler<BuildIndexInput> {
  readonly kind = JobKind.BUILD_INDEX;
  private readonly logger = new Logger('BuildIndex');

  constructor(
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
    private readonly models: DatasetModels,
    private readonly indexes: DatasetIndexes,
    private readonly writer: IndexWriter,
    private readonly vectorIndex: VectorIndex,
  ) {
    super();
  }

  async run(run: JobRun<BuildIndexInput>): Promise<void> {
    const model = await this.modelFor(run);
    const index = await this.whenThere(run.signal, () => this.prepare(run, model));
    await this.whenThere(run.signal, () => this.complete(index, run));
    await this.tellAge(index, model, run.signal);
    await this.whenThere(run.signal, () => this.vectorIndex.publish(index.name));
    await this.indexes.markReady(index);
    // From now on changes are taken in as they are made; these are those that were made just before.
    await this.whenThere(run.signal, () => this.catchUp(index, run));
  }

  /** Images that a projection is fitted on are counted as done while that goes on, and then anew. */
  private async modelFor(run: JobRun<BuildIndexInput>): Promise<EmbeddingModel> {
    const { model: spec, labelIds, refit } = run.input;
    const indexes = await this.indexes.ofDataset(run.datasetId);
    const current = (indexes.find(({ ready }) => ready) ?? indexes.find(({ replaced }) => !replaced))?.model;
    let looked = 0;
    const model = await this.models.forIndex(
      run.datasetId,
      { spec, current, labelIds, refit },
      {
        signal: run.signal,
        begins: (images) => run.setTotal(images),
        looked: () => {
          looked += 1;
          run.advance();
        },
      },
    );
    run.advance(-looked);
    return model;
  }

  private async prepare(
    { datasetId, input }: JobRun<BuildIndexInput>,
    { identity }: EmbeddingModel,
  ): Promise<DatasetIndex> {
    const dataset = await this.datasets.get(datasetId);
    const index = await this.indexes.findOrCreate(datasetId, dataset.name, identity);
    const { name } = index;
    const spec = { name, dimension: identity.dimension, model: identity.key, dataset: dataset.name };
    const isNew = await this.vectorIndex.create(spec);
    const wasRemoved = isNew && index.checkpoint > 0;
    const isAsBefore = input.rebuild !== true && sameLabels(index.labelIds, input.labelIds);
    return isAsBefore && !wasRemoved ? index : this.indexes.restart(index.id, input.labelIds);
  }

  private async tellAge(index: DatasetIndex, model: EmbeddingModel, signal: AbortSignal): Promise<void> {
    const { base, projection } = model;
    if (projection === undefined) return;
    const { checkpoint } = await this.indexes.get(index.id);
    const images = await this.images.count(index.datasetId);
    const isNotable = index.drift === undefined || checkpoint - index.checkpoint > NOTABLE_SHARE * images;
    if (!isNotable) return;
    await this.indexes.noteDrift(
      index.id,
      await this.models.drift(index.datasetId, base, projection, signal),
    );
  }

  /** Writes what has changed, and makes sure that the index then holds what it should. */
  private async complete(index: DatasetIndex, run: JobRun<BuildIndexInput>): Promise<void> {
    for (let look = 1; ; look += 1) {
      await this.catchUp(index, run);
      await this.vectorIndex.optimise(index.name, { signal: run.signal });
      run.signal.throwIfAborted();
      const [held, expected] = [await this.vectorIndex.count(index.name), await this.expected(index)];
      if (held === expected) {
        if (held === 0) await this.assertNothingFailed(index);
        return;
      }
      if (look === LOOKS) {
        const { name } = await this.datasets.get(index.datasetId);
        throw indexIncomplete(name, held, expected);
      }
      await sleep(FIRST_WAIT_MS, undefined, { signal: run.signal });
    }
  }

  /** An index that lacks every image of its dataset must not take the place of one that answers. */
  private async assertNothingFailed({ id, datasetId }: DatasetIndex): Promise<void> {
    const example = await this.indexes.commonestFailure(id);
    if (example === undefined) return;
    const { name } = await this.datasets.get(datasetId);
    throw indexAllFailed(name, await this.indexes.countFailures(id), example);
  }

  private async catchUp(index: DatasetIndex, run: JobRun<BuildIndexInput>): Promise<void> {
    let { checkpoint } = await this.indexes.get(index.id);
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
      await this.writer.load(index, changes, {
        signal: run.signal,
        written: (images) => run.advance(images),
        failed: (failure) => run.fail(failure),
      });
      checkpoint = last.change;
    }
  }

  private async expected({ id, datasetId, labelIds }: DatasetIndex): Promise<number> {
    return (await this.images.count(datasetId, labelIds)) - (await this.indexes.countFailures(id));
  }

  /** Does the work, again and again while the index is away. What the work has got done, it does not do twice. */
  private async whenThere<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        if (!searchUnavailable.is(error)) throw error;
        this.logger.warn(`${error.message} Waiting ${wait / 1000} s.`);
        await sleep(wait, undefined, { signal });
      }
    }
  }
}

function sameLabels(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return JSON.stringify(a?.toSorted()) === JSON.stringify(b?.toSorted());
}
