import type { Kysely } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import type { Database } from '../../database/index.ts';
import type { EmbeddingsTables } from '../embeddings.tables.ts';

export interface CachedEmbedding {
  readonly sha256: string;
  /** Unit length. */
  readonly vector: Float32Array;
}

/** The embeddings already computed with one network, by the sha256 of the picture's file. */
export class EmbeddingCache {
  private readonly db: Kysely<EmbeddingsTables>;
  private readonly model: string;
  private readonly dimension: number;

  /** `model`: `NetworkIdentity.key`. */
  constructor(database: Database, model: string, dimension: number) {
    this.db = database.tables<EmbeddingsTables>();
    this.model = model;
    this.dimension = dimension;
  }

  async find(sha256s: readonly string[]): Promise<Map<string, Float32Array>> {
    const found = new Map<string, Float32Array>();
    for (const some of chunksOf(sha256s, MAX_BOUND)) {
      const rows = await this.db
        .selectFrom('embeddings')
        .select(['sha256', 'vector'])
        .where('model', '=', this.model)
        .where('sha256', 'in', some)
        .execute();
      for (const { sha256, vector } of rows) {
        if (vector.byteLength === this.dimension * 4) found.set(sha256, fromBytes(vector));
      }
    }
    return found;
  }

  /** All or none; in place of those that are there. */
  async store(embeddings: readonly CachedEmbedding[]): Promise<void> {
    await this.db.transaction().execute(async (transaction) => {
      for (const { sha256, vector } of embeddings) {
        const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
        await transaction
          .insertInto('embeddings')
          .values({ sha256, model: this.model, vector: bytes })
          .onConflict((conflict) => conflict.columns(['sha256', 'model']).doUpdateSet({ vector: bytes }))
          .execute();
      }
    });
  }
}

/** Removes these pictures' embeddings under every network. */
export async function forgetEmbeddings(database: Database, sha256s: readonly string[]): Promise<void> {
  const db = database.tables<EmbeddingsTables>();
  for (const some of chunksOf(sha256s, MAX_BOUND)) {
    await db.deleteFrom('embeddings').where('sha256', 'in', some).execute();
  }
}

/** A copy, since the driver's bytes need not lie where a float may. */
function fromBytes(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
