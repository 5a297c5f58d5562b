import { Injectable } from '@nestjs/common';
import { nearNames, parseId, type AppError, pagesAfter } from '../../common/index.ts';
import { type Job, JobKind, JobQueue } from '../../jobs/index.ts';
import { DATASET_NAME, datasetNotFound, invalidDatasetName, labelUnknown } from '../datasets.errors.ts';
import { KeptSourceRepository } from '../kept-sources/kept-source.repository.ts';
import { nearLabels } from '../near-labels.ts';
import { DatasetRepository } from './dataset.repository.ts';
import type { Dataset, Label, LabelPage, LabelSelection, PageRequest } from './datasets.ts';
import { LabelRepository } from './label.repository.ts';
import { Transactions } from './transactions.ts';

const PAGE = 100;

/** Datasets and their labels. `ImportsService` fills datasets; `ImagesService` has their images. */
@Injectable()
export class DatasetsService {
  constructor(
    private readonly repository: DatasetRepository,
    private readonly labelRepository: LabelRepository,
    private readonly jobs: JobQueue,
    private readonly transactions: Transactions,
    private readonly keptSources: KeptSourceRepository,
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
    if (dataset === undefined) throw await this.notFound(name);
    return dataset;
  }

  /** The dataset with this id or, if there is none, with this name. Undefined if there is neither. */
  async findByRef(idOrName: string): Promise<Dataset | undefined> {
    const id = parseId('Dataset', idOrName);
    const known = id === undefined ? undefined : await this.find(id);
    return known ?? this.findByName(idOrName);
  }

  /** Like `findByRef`, but rejects with `DATASET_NOT_FOUND`, which suggests names. */
  async resolve(idOrName: string): Promise<Dataset> {
    const dataset = await this.findByRef(idOrName);
    if (dataset === undefined) throw await this.notFound(idOrName);
    return dataset;
  }

  /**
   * The dataset with this name, which is created empty if there is none. Rejects with `INVALID_DATASET_NAME` and
   * `STORAGE_FULL`.
   */
  async findOrCreate(name: string): Promise<{ dataset: Dataset; created: boolean }> {
    if (!DATASET_NAME.test(name)) throw invalidDatasetName(name);
    return this.transactions.commit(async (transaction) => {
      const existing = await this.repository.findByName(name, transaction);
      if (existing !== undefined) return { dataset: existing, created: false };
      return { dataset: await this.repository.insert({ name }, transaction), created: true };
    });
  }

  list(page: PageRequest): Promise<Dataset[]> {
    return this.repository.list(page);
  }

  async *all(): AsyncGenerator<Dataset> {
    const pages = pagesAfter({
      start: undefined as number | undefined,
      list: (after) => this.list({ after, limit: PAGE }),
      keyOf: ({ id }) => id,
    });
    for await (const page of pages) yield* page;
  }

  count(): Promise<number> {
    return this.repository.count();
  }

  /** All labels of a dataset that at least one image has, in order of their keys. */
  labels(id: number): Promise<Label[]> {
    return this.labelRepository.listUsed(id);
  }

  /** A page of the labels of a dataset that at least one image has. */
  listLabels(id: number, selection: LabelSelection, page: LabelPage): Promise<Label[]> {
    return this.labelRepository.list(id, selection, page);
  }

  /** How many labels of a dataset at least one image has. */
  countLabels(id: number, selection: LabelSelection = {}): Promise<number> {
    return this.labelRepository.count(id, selection);
  }

  /** The labels of a dataset with these keys, by key, including those that no image has. */
  labelsByKey(id: number, keys: readonly string[]): Promise<ReadonlyMap<string, Label>> {
    return this.labelRepository.findByKeys(id, keys);
  }

  /**
   * The keys of labels that are given by their keys or display names, for each dataset. Labels that images have take
   * precedence over others, and then keys over names; a name may stand for several labels. Labels that only another of the datasets has are left out.
   *
   * Rejects with `LABEL_UNKNOWN`, naming the labels that none of the datasets has.
   */
  async resolveLabels(
    datasetIds: readonly number[],
    labels: readonly string[],
  ): Promise<Map<number, ReadonlyMap<string, readonly string[]>>> {
    const keys = new Map<number, ReadonlyMap<string, readonly string[]>>();
    const unknown = new Set(labels);
    for (const id of datasetIds) {
      const found = await this.labelRepository.findByKeyOrName(id, [...new Set(labels)]);
      keys.set(id, found);
      for (const label of found.keys()) unknown.delete(label);
    }
    if (unknown.size > 0) throw await this.labelsUnknown(datasetIds, [...unknown]);
    return keys;
  }

  /** Cancels all jobs of a dataset, turns off what would fill it again, and queues its deletion. Rejects with `DATASET_NOT_FOUND`. */
  async enqueueDelete(id: number): Promise<Job> {
    const { name } = await this.get(id);
    await this.keptSources.pauseThoseOf(name);
    await this.jobs.cancelActive(id);
    return this.jobs.enqueue({ kind: JobKind.DELETE_DATASET, datasetId: id, input: {} });
  }

  /** Checks the files of all images. Rejects with `DATASET_NOT_FOUND`. */
  async enqueueVerify(id: number): Promise<Job> {
    await this.get(id);
    return this.jobs.enqueue({ kind: JobKind.VERIFY_FILES, datasetId: id, input: {} });
  }

  private async notFound(name: string): Promise<AppError> {
    return datasetNotFound(name, nearNames(name, await this.repository.listAllNames()));
  }

  private async labelsUnknown(datasetIds: readonly number[], labels: readonly string[]): Promise<AppError> {
    const known = new Set<string>();
    for (const id of datasetIds) {
      for (const { key, name } of await this.labels(id)) known.add(key).add(name);
    }
    const lacking = datasetIds.length === 1 ? 'The dataset has no label' : 'None of the datasets has a label';
    return labelUnknown(labels, lacking, nearLabels(labels, known));
  }
}
