import { Injectable } from '@nestjs/common';
import { type Job, JobKind, JobQueue } from '../../jobs/index.ts';
import { datasetNotFound, labelUnknown } from '../datasets.errors.ts';
import { DatasetRepository } from './dataset.repository.ts';
import type { Dataset, Label, LabelName, PageRequest } from './datasets.ts';
import { ImageRepository } from './image.repository.ts';
import { LabelRepository } from './label.repository.ts';

const PAGE = 100;

/** Datasets and their labels. `ImportsService` fills datasets; `ImagesService` has their images. */
@Injectable()
export class DatasetsService {
  constructor(
    private readonly repository: DatasetRepository,
    private readonly images: ImageRepository,
    private readonly labelRepository: LabelRepository,
    private readonly jobs: JobQueue,
  ) {}

  find(id: number): Promise<Dataset | undefined> {
    return this.repository.findById(id);
  }

  /** Rejects with `DATASET_NOT_FOUND`. */
  async get(id: number): Promise<Dataset> {
    const dataset = await this.find(id);
    if (dataset === undefined) throw datasetNotFound(String(id));
    return dataset;
  }

  findByName(name: string): Promise<Dataset | undefined> {
    return this.repository.findByName(name);
  }

  /** Rejects with `DATASET_NOT_FOUND`. */
  async getByName(name: string): Promise<Dataset> {
    const dataset = await this.findByName(name);
    if (dataset === undefined) throw datasetNotFound(name);
    return dataset;
  }

  list(page: PageRequest): Promise<Dataset[]> {
    return this.repository.list(page);
  }

  async *all(): AsyncGenerator<Dataset> {
    for (let after: number | undefined; ;) {
      const page = await this.list({ after, limit: PAGE });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = last.id;
    }
  }

  count(): Promise<number> {
    return this.repository.count();
  }

  countImages(id: number): Promise<number> {
    return this.images.count(id);
  }

  /** The labels of a dataset that at least one image has, in order of their keys. */
  labels(id: number): Promise<Label[]> {
    return this.labelRepository.listUsed(id);
  }

  /** The labels of a dataset by key, including those that no image has. */
  labelNames(id: number): ReadonlyMap<string, LabelName> {
    return this.labelRepository.namesOf(id);
  }

  /** Rejects with `LABEL_UNKNOWN`, naming the labels that none of the datasets has. */
  async assertLabelsKnown(datasetIds: readonly number[], labels: readonly string[]): Promise<void> {
    const known = await this.labelRepository.findKeys(datasetIds, labels);
    const unknown = [...new Set(labels)].filter((label) => !known.has(label));
    if (unknown.length === 0) return;
    throw labelUnknown(unknown, datasetIds.length === 1 ? 'The dataset' : 'None of the datasets');
  }

  /** Cancels all jobs of a dataset and queues its deletion. Rejects with `DATASET_NOT_FOUND`. */
  async enqueueDelete(id: number): Promise<Job> {
    await this.get(id);
    await this.jobs.cancelActive(id);
    return this.jobs.enqueue({ kind: JobKind.DELETE_DATASET, datasetId: id, input: {} });
  }
}
