import { Injectable } from '@nestjs/common';
import { DatasetsService, ImagesService } from '../../datasets/index.ts';
import { EmbeddingModels, Projections, type ProjectionFacts } from '../../embeddings/index.ts';
import { JobKind, JobQueue, type Job } from '../../jobs/index.ts';
import { indexBuildActive, vectorIndexForeign, vectorIndexNotFound } from '../search.errors.ts';
import { VectorIndex } from '../vector-index/vector-index.port.ts';
import type { BuildIndexInput } from './build-index.job.ts';
import { IndexRemoval } from './index-removal.ts';
import { IndexRepository, type DatasetIndex } from './index.repository.ts';
import { WrittenChanges } from './written-changes.ts';

export interface IndexStatus extends DatasetIndex {
  /** The number of images in the index. */
  readonly indexed: number;
  /** The number of images that have changed and are not in the index yet. */
  readonly pending: number;
}

/** The vector index lacks the index, or holds another installation's under its name. */
const NOT_THERE = [vectorIndexNotFound, vectorIndexForeign];

/** Builds, describes and drops the indexes of datasets. */
@Injectable()
export class IndexesService {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
    private readonly models: EmbeddingModels,
    private readonly projections: Projections,
    private readonly indexes: IndexRepository,
    private readonly written: WrittenChanges,
    private readonly removal: IndexRemoval,
    private readonly vectorIndex: VectorIndex,
    private readonly jobs: JobQueue,
  ) {}

  /**
   * Enqueues a job that builds the index of a dataset or brings it up to date. Labels are given by key or name.
   *
   * Rejects with `DATASET_NOT_FOUND`, `LABEL_UNKNOWN`, `MODEL_SPEC_INVALID` or `MODEL_UNKNOWN`.
   */
  async enqueueBuild({ datasetId, ...input }: BuildIndexInput & { datasetId: number }): Promise<Job> {
    const { id } = await this.datasets.get(datasetId);
    if (input.model !== undefined) this.models.checkSpec(input.model);
    const labelIds = input.labelIds && (await this.keysOf(id, input.labelIds));
    return this.jobs.enqueue({ kind: JobKind.BUILD_INDEX, datasetId: id, input: { ...input, labelIds } });
  }

  /** The index that answers queries, or else the newest one; undefined if no build was ever requested. */
  async findStatus(datasetId: number): Promise<IndexStatus | undefined> {
    const all = await this.indexes.listByDataset(datasetId);
    const index = all.find(({ ready }) => ready) ?? all[0];
    return index && this.statusOf(index);
  }

  /** All indexes of a dataset, newest first, including one that is being built and those that were replaced. */
  async listStatuses(datasetId: number): Promise<IndexStatus[]> {
    return Promise.all((await this.indexes.listByDataset(datasetId)).map((index) => this.statusOf(index)));
  }

  /**
   * Drops the indexes of a dataset that have been replaced, and abandoned builds if another index answers.
   * Resolves with the number of indexes that were dropped. Rejects with `INDEX_BUILD_ACTIVE` during a build.
   */
  async dropReplaced(datasetId: number): Promise<number> {
    const { id, name: dataset } = await this.datasets.get(datasetId);
    if (await this.jobs.hasActive(id, JobKind.BUILD_INDEX)) throw indexBuildActive(dataset);
    const all = await this.indexes.listByDataset(id);
    const isNeeded = (index: DatasetIndex) =>
      index.ready || !(index.replaced || all.some(({ ready }) => ready));
    const dropped = all.filter((index) => !isNeeded(index));
    for (const index of dropped) await this.removal.remove(index);
    const kept = all.filter(isNeeded).flatMap(({ model }) => model.projection ?? []);
    await this.projections.forgetProjections(
      id,
      kept.map(({ digest }) => digest),
    );
    return dropped.length;
  }

  /** The approximate size of an index on disk, in bytes; 0 if it is missing from the vector index. */
  async sizeOf({ name }: DatasetIndex): Promise<number> {
    return this.zeroIfMissing(() => this.vectorIndex.sizeOf(name));
  }

  /** What is known about the projection of an index's model; undefined if it has none, or none that still exists. */
  async findProjection({ datasetId, model }: DatasetIndex): Promise<ProjectionFacts | undefined> {
    return model.projection && this.projections.findFacts(datasetId, model.projection.digest);
  }

  private async keysOf(datasetId: number, labels: readonly string[]): Promise<string[]> {
    const keys = (await this.datasets.resolveLabels([datasetId], labels)).get(datasetId);
    return [...new Set(labels.flatMap((label) => keys?.get(label) ?? []))];
  }

  private async statusOf(index: DatasetIndex): Promise<IndexStatus> {
    const written = await this.written.listAfter(index.id, index.checkpoint);
    return {
      ...index,
      indexed: await this.zeroIfMissing(() => this.vectorIndex.count(index.name)),
      pending: await this.images.countChangesAfter(index.datasetId, index.checkpoint, written),
    };
  }

  /** An index that somebody has deleted on its server contains nothing: the next build restores it. */
  private async zeroIfMissing(measure: () => Promise<number>): Promise<number> {
    try {
      return await measure();
    } catch (error) {
      if (NOT_THERE.some(({ is }) => is(error))) return 0;
      throw error;
    }
  }
}
