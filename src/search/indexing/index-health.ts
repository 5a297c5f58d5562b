import { Injectable } from '@nestjs/common';
import { DatasetsService } from '../../datasets/index.ts';
import { type DatasetIndex, IndexRepository } from './index.repository.ts';
import { indexesMissing, vectorIndexNotFound } from '../search.errors.ts';
import { VectorIndex } from '../vector-index/vector-index.port.ts';

/** Checks that the index of every dataset that should answer queries exists. */
@Injectable()
export class IndexHealth {
  constructor(
    private readonly vectorIndex: VectorIndex,
    private readonly indexes: IndexRepository,
    private readonly datasets: DatasetsService,
  ) {}

  /**
   * Rejects with `VECTOR_INDEX_NOT_FOUND`, which names the datasets whose index is missing, with
   * `VECTOR_INDEX_FOREIGN`, or with the reason why the vector index does not answer.
   */
  async assertHealthy(): Promise<void> {
    await this.vectorIndex.ping();
    const listed = new Set((await this.vectorIndex.list()).map(({ name }) => name));
    const missing: string[] = [];
    for (const index of this.indexes.listReady()) {
      if (listed.has(index.name) || (await this.exists(index))) continue;
      missing.push((await this.datasets.get(index.datasetId)).name);
    }
    if (missing.length > 0) throw indexesMissing(missing);
  }

  /** An index that was made before installations had ids is not listed until it has been used. */
  private async exists({ name }: DatasetIndex): Promise<boolean> {
    try {
      await this.vectorIndex.count(name);
      return true;
    } catch (error) {
      if (vectorIndexNotFound.is(error)) return false;
      throw error;
    }
  }
}
