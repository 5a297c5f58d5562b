import { Injectable } from '@nestjs/common';
import { DatasetsService } from '../../datasets/index.ts';
import { DatasetIndexes, type DatasetIndex } from './dataset-indexes.ts';
import { indexesMissing, vectorIndexNotFound } from '../search.errors.ts';
import { VectorIndex } from '../vector-index/vector-index.port.ts';

/** Whether every dataset that should answer queries has its index. */
@Injectable()
export class IndexHealth {
  constructor(
    private readonly vectorIndex: VectorIndex,
    private readonly indexes: DatasetIndexes,
    private readonly datasets: DatasetsService,
  ) {}

  /**
   * Rejects with `VECTOR_INDEX_NOT_FOUND`, which names the datasets whose index is missing, with
   * `VECTOR_INDEX_FOREIGN`, or with what keeps the vector index from answering.
   */
  async check(): Promise<void> {
    await this.vectorIndex.ping();
    const listed = new Set((await this.vectorIndex.list()).map(({ name }) => name));
    const missing: string[] = [];
    for (const index of await this.indexes.ready()) {
      if (listed.has(index.name) || (await this.isThere(index))) continue;
      missing.push((await this.datasets.get(index.datasetId)).name);
    }
    if (missing.length > 0) throw indexesMissing(missing);
  }

  /** An index from before installations had ids is listed only once it has been used. */
  private async isThere({ name }: DatasetIndex): Promise<boolean> {
    try {
      await this.vectorIndex.count(name);
      return true;
    } catch (error) {
      if (vectorIndexNotFound.is(error)) return false;
      throw error;
    }
  }
}
