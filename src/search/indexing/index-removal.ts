import { Injectable, Logger } from '@nestjs/common';
import { DatasetIndexes, type DatasetIndex } from './dataset-indexes.ts';
import { VectorIndex } from '../vector-index/vector-index.port.ts';
import { vectorIndexForeign } from '../search.errors.ts';

/** Removes the index of a dataset, with what is known of it. */
@Injectable()
export class IndexRemoval {
  private readonly logger = new Logger('IndexRemoval');

  constructor(
    private readonly indexes: DatasetIndexes,
    private readonly vectorIndex: VectorIndex,
  ) {}

  /** Once the signal aborts, it rejects with the signal's reason; removing the index again resumes. */
  async remove({ id, name }: DatasetIndex, signal?: AbortSignal): Promise<void> {
    try {
      await this.vectorIndex.drop(name, { signal });
    } catch (error) {
      // There is nothing of ours to drop, and what is there must stay.
      if (!vectorIndexForeign.is(error)) throw error;
      this.logger.warn(`${error.message} It is left as it is.`);
    }
    await this.indexes.delete(id);
  }
}
