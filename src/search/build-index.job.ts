import { Injectable } from '@nestjs/common';
import { DatasetsService, ImagesService } from '../datasets/index.ts';
import { EmbeddingsService } from '../embeddings/index.ts';
import { JobHandler, JobKind, type JobRun } from '../jobs/index.ts';
import { DatasetIndexes, type DatasetIndex } from './dataset-indexes.ts';
import { IndexWriter } from './index-writer.ts';
import { VectorIndex } from './vector-index.port.ts';

/** Changes taken from the catalogue at once; between two rounds the pipeline runs empty for a moment. */
const ROUND = 2_000;

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
 * that changed. Goes on after its last checkpoint when it was interrupted.
 */
@Injectable()
export class BuildIndexJob extends JobHandler<BuildIndexInput> {
  readonly kind = JobKind.BUILD_INDEX;

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
    const index = await this.prepare(run);
    let { checkpoint } = index;
    run.setTotal(await this.images.countChangesAfter(index.datasetId, checkpoint));
    for (;;) {
      const changes = await this.images.changesAfter(index.datasetId, checkpoint, ROUND);
      const last = changes.at(-1);
      if (last === undefined) break;
      await this.writer.write(index, changes, {
        signal: run.signal,
        written: async (change, images) => {
          await this.indexes.advance(index.id, change);
          run.advance(images);
        },
        failed: (failure) => run.fail(failure),
      });
      checkpoint = last.change;
    }
    await this.vectorIndex.optimise(index.name, { signal: run.signal });
    run.signal.throwIfAborted();
    await this.indexes.markReady(index.id);
    await this.dropOthers(index);
  }

  private async prepare({ datasetId, input }: JobRun<BuildIndexInput>): Promise<DatasetIndex> {
    const dataset = await this.datasets.get(datasetId);
    const model = this.embeddings.modelByKey(input.model).identity;
    const index = await this.indexes.findOrCreate(datasetId, dataset.name, model);
    await this.vectorIndex.create({ name: index.name, dimension: model.dimension, model: model.key });
    if (input.rebuild !== true && sameLabels(index.labelIds, input.labelIds)) return index;
    return this.indexes.restart(index.id, input.labelIds);
  }

  /** An index of another model has answered until now; from here on this one does. */
  private async dropOthers(index: DatasetIndex): Promise<void> {
    for (const other of await this.indexes.ofDataset(index.datasetId)) {
      if (other.id === index.id) continue;
      await this.vectorIndex.drop(other.name);
      await this.indexes.delete(other.id);
    }
  }
}

function sameLabels(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return JSON.stringify(a?.toSorted()) === JSON.stringify(b?.toSorted());
}
