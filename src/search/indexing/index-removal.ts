import { Injectable, Logger } from '@nestjs/common';
import { type DatasetIndex, IndexRepository } from './index.repository.ts';
import { IndexTurns } from './index-turns.ts';
import { VectorIndex } from '../vector-index/vector-index.port.ts';
import { vectorIndexForeign } from '../search.errors.ts';

/** Removes an index of a dataset from the vector index and from the database. */
@Injectable()
export class IndexRemoval {
  private readonly logger = new Logger('IndexRemoval');

  constructor(
    private readonly indexes: IndexRepository,
    private readonly vectorIndex: VectorIndex,
    private readonly turns: IndexTurns,
  ) {}

  /** If aborted, it rejects with the signal's reason; a second call resumes the removal. */
  async remove(index: DatasetIndex, signal?: AbortSignal): Promise<void> {
    try {
      await this.vectorIndex.drop(index.name, { signal });
    } catch (error) {
      // Nothing of ours is there, and what is there belongs to another installation.
      if (!vectorIndexForeign.is(error)) throw error;
      this.logger.warn(`${error.message} It is left as it is.`);
    }
    await this.indexes.delete(index.id);
    await this.turns.forget(index);
  }
}
