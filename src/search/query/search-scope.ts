import { Injectable } from '@nestjs/common';
import { DatasetsService } from '../../datasets/index.ts';
import { EmbeddingModels, type EmbeddingModel, type ModelIdentity } from '../../embeddings/index.ts';
import type { CalibrationCurve } from '../confidence/calibration-curve.ts';
import { IndexRepository, type DatasetIndex } from '../indexing/index.repository.ts';
import { datasetNotIndexed, modelMismatch, noDatasets, nothingIndexed } from '../search.errors.ts';

/** An index that answers, and the model of its vectors. */
export interface ScopedIndex {
  readonly datasetId: number;
  /** In the vector index. */
  readonly name: string;
  readonly model: EmbeddingModel;
  /** What its scores mean, if that is known. */
  readonly curve: CalibrationCurve | undefined;
}

/** What a search looks through. All indexes use the same networks. */
export interface SearchScope {
  readonly indexes: readonly ScopedIndex[];
  /** The model of all indexes, without a projection unless all of them have the same. */
  readonly model: ModelIdentity;
  /** The model without any projection: every query is embedded with it first. */
  readonly base: EmbeddingModel;
}

/** Finds the indexes that answer a search. */
@Injectable()
export class SearchScopes {
  /** By the rows that are ready, which are read again, into a new list, as soon as anything has been written. */
  private readonly known = new WeakMap<readonly DatasetIndex[], SearchScope>();

  constructor(
    private readonly datasets: DatasetsService,
    private readonly indexes: IndexRepository,
    private readonly models: EmbeddingModels,
  ) {}

  /**
   * The indexes of the datasets, or of all that have one. Rejects with `NO_DATASETS`, `DATASET_NOT_FOUND`,
   * `DATASET_NOT_INDEXED`, `NOTHING_INDEXED`, or `MODEL_MISMATCH` unless all of them use the same networks.
   */
  async of(datasetIds: readonly number[] | undefined): Promise<SearchScope> {
    const rows = await this.rowsOf(datasetIds);
    const known = this.known.get(rows);
    if (known !== undefined) return known;
    const scope = await this.scopeOf(rows);
    this.known.set(rows, scope);
    return scope;
  }

  private async scopeOf(rows: readonly DatasetIndex[]): Promise<SearchScope> {
    const indexes = await Promise.all(
      rows.map(async ({ datasetId, name, model, calibration }) => ({
        datasetId,
        name,
        model: await this.models.modelOfIdentity(model),
        curve: calibration?.curve,
      })),
    );
    const [first] = indexes;
    if (first === undefined) throw nothingIndexed();
    const { base, identity } = first.model;
    const isOneModel = indexes.every(({ model }) => model.identity.key === identity.key);
    return { indexes, base, model: isOneModel ? identity : base.identity };
  }

  private async rowsOf(datasetIds: readonly number[] | undefined): Promise<readonly DatasetIndex[]> {
    const rows = this.indexes.listReady(datasetIds);
    if (datasetIds !== undefined) {
      if (datasetIds.length === 0) throw noDatasets();
      for (const id of datasetIds) {
        const { name } = await this.datasets.get(id);
        if (!rows.some(({ datasetId }) => datasetId === id)) throw datasetNotIndexed(name);
      }
    } else if (rows.length === 0) {
      throw nothingIndexed();
    }
    if (this.known.has(rows)) return rows;
    const comparable = new Set(rows.map(({ model }) => comparableWith(model)));
    if (comparable.size > 1) throw modelMismatch(await this.withNames(rows));
    return rows;
  }

  private async withNames(
    rows: readonly DatasetIndex[],
  ): Promise<{ dataset: string; model: ModelIdentity }[]> {
    return Promise.all(
      rows.map(async ({ datasetId, model }) => ({
        dataset: (await this.datasets.get(datasetId)).name,
        model,
      })),
    );
  }
}

/** Scores of two indexes can be compared if their models have equal keys: same networks, same projected length. */
function comparableWith({ networks, projection, dimension }: ModelIdentity): string {
  return `${networks.map(({ key }) => key).join('+')}@${projection === undefined ? '' : dimension}`;
}
