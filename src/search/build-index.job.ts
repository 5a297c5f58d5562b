import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '../common/index.ts';
import { DatasetsService, ImagesService } from '../datasets/index.ts';
import { EmbeddingsService } from '../embeddings/index.ts';
import { JobHandler, JobKind, type JobRun } from '../jobs/index.ts';
import { DatasetIndexes, type DatasetIndex } from './dataset-indexes.ts';
import { IndexWriter } from './index-writer.ts';
import { indexIncomplete } from './search.errors.ts';
import { VectorIndex } from './vector-index.port.ts';

/** Changes taken from the catalogue at once; between two rounds the pipeline runs empty for a moment. */
const ROUND = 8_000;
/** How long to wait for an index that is away, twice as long each time. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** Images may change between two looks at the index. */
const LOOKS = 4;

export interface BuildIndexInput {
  /** `ModelIdentity.key` */
  readonly model: string;
  /** Restricts the index to images with these labels. */
  readonly labelIds?: readonly string[];
  /** Looks at every image again, not only at those that changed since the last build. */
  readonly rebuild?: boolean;
}

/**
 * Brings a dataset's index up to date with its images: the first time all of them, later those
 * that changed. Goes on after its last checkpoint when it was interrupted, and waits where the
 * vector index is away.
 */
@Injectable()
export class BuildIndexJob extends JobHandler<BuildIndexInput> {
  readonly kind = JobKind.BUILD_INDEX;
  private readonly logger = new Logger('BuildIndex');

  constructor(
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
    private readonly embeddings: EmbeddingsService,
    private readonly indexes: DatasetIndexes,
    private readonly writer: IndexWriter,
    private readonly vectorIndex: VectorIndex,
  ) {
    super();
  }

  async run(run: JobRun<BuildIndexInput>): Promise<void> {
    const index = await this.whenThere(run.signal, () => this.prepare(run));
    run.setTotal(await this.images.countChangesAfter(index.datasetId, index.checkpoint));
    await this.whenThere(run.signal, () => this.complete(index, run));
    await this.whenThere(run.signal, () => this.vectorIndex.publish(index.name));
    await this.indexes.markReady(index);
    await this.whenThere(run.signal, () => this.dropOthers(index));
  }

  private async prepare({ datasetId, input }: JobRun<BuildIndexInput>): Promise<DatasetIndex> {
    const dataset = await this.datasets.get(datasetId);
    const model = this.embeddings.modelByKey(input.model).identity;
    const index = await this.indexes.findOrCreate(datasetId, dataset.name, model);
    const { name } = index;
    const spec = { name, dimension: model.dimension, model: model.key, dataset: dataset.name };
    const isNew = await this.vectorIndex.create(spec);
    const wasRemoved = isNew && index.checkpoint > 0;
    const isAsBefore = input.rebuild !== true && sameLabels(index.labelIds, input.labelIds);
    return isAsBefore && !wasRemoved ? index : this.indexes.restart(index.id, input.labelIds);
  }

  /** Writes what has changed, and makes sure that the index then holds what it should. */
  private async complete(index: DatasetIndex, run: JobRun<BuildIndexInput>): Promise<void> {
    for (let look = 1; ; look += 1) {
      await this.catchUp(index, run);
      await this.vectorIndex.optimise(index.name, { signal: run.signal });
      run.signal.throwIfAborted();
      const [held, expected] = [await this.vectorIndex.count(index.name), await this.expected(index)];
      if (held === expected) return;
      if (look === LOOKS) {
        const { name } = await this.datasets.get(index.datasetId);
        throw indexIncomplete(name, held, expected);
      }
      await sleep(FIRST_WAIT_MS, undefined, { signal: run.signal });
    }
  }

  private async catchUp(index: DatasetIndex, run: JobRun<BuildIndexInput>): Promise<void> {
    let { checkpoint } = await this.indexes.get(index.id);
    for (;;) {
      const changes = await this.images.changesAfter(index.datasetId, checkpoint, ROUND);
      const last = changes.at(-1);
      if (last === undefined) return;
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

  /** An index of another model has answered until now; from here on this one does. */
  private async dropOthers(index: DatasetIndex): Promise<void> {
    for (const other of await this.indexes.ofDataset(index.datasetId)) {
      if (other.id === index.id) continue;
      await this.vectorIndex.drop(other.name);
      await this.indexes.delete(other.id);
    }
  }

  /** Does the work, again and again while the index is away. What the work has got done, it does not do twice. */
  private async whenThere<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AppError && error.code === 'SEARCH_UNAVAILABLE')) throw error;
        this.logger.warn(`${error.message} Waiting ${wait / 1000} s.`);
        await sleep(wait, undefined, { signal });
      }
    }
  }
}

function sameLabels(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return JSON.stringify(a?.toSorted()) === JSON.stringify(b?.toSorted());
}
