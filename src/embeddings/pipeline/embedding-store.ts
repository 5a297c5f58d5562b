import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import type { EmbeddingsTables } from '../embeddings.tables.ts';

export interface CachedEmbedding {
  /** Of the picture's file. */
  readonly sha256: string;
  /** Of unit length. */
  readonly vector: Float32Array;
}

/** The computed embeddings: no picture is run through the same network twice. */
@Injectable()
export class EmbeddingStore {
  private readonly db: Kysely<EmbeddingsTables>;

  constructor(private readonly database: Database) {
    this.db = database.tables<EmbeddingsTables>();
  }

  /** The embeddings under one network. `networkKey`: `NetworkIdentity.key`. */
  cacheFor(networkKey: string, dimension: number): EmbeddingCache {
    return new EmbeddingCache(this.db, networkKey, dimension);
  }

  /** Deletes the embeddings of these pictures under every network. */
  async forgetEmbeddings(sha256s: readonly string[]): Promise<void> {
    for (const some of chunksOf(sha256s, MAX_BOUND)) {
      await this.database.makingRoom(() =>
        this.db.deleteFrom('embeddings').where('sha256', 'in', some).execute(),
      );
    }
  }
}

/** The embeddings computed with one network, by the SHA-256 of the picture's file. */
export class EmbeddingCache {
  constructor(
    private readonly db: Kysely<EmbeddingsTables>,
    private readonly networkKey: string,
    private readonly dimension: number,
  ) {}

  async findVectors(sha256s: readonly string[]): Promise<Map<string, Float32Array>> {
    const found = new Map<string, Float32Array>();
    for (const some of chunksOf(sha256s, MAX_BOUND)) {
      const rows = await this.db
        .selectFrom('embeddings')
        .select(['sha256', 'vector'])
        .where('model', '=', this.networkKey)
        .where('sha256', 'in', some)
        .execute();
      for (const { sha256, vector } of rows) {
        if (vector.byteLength === this.dimension * 4) found.set(sha256, fromBytes(vector));
      }
    }
    return found;
  }

  /** Stores all or none, replacing those that exist. */
  async storeVectors(embeddings: readonly CachedEmbedding[]): Promise<void> {
    await this.db.transaction().execute(async (transaction) => {
      for (const { sha256, vector } of embeddings) {
        const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
        await transaction
          .insertInto('embeddings')
          .values({ sha256, model: this.networkKey, vector: bytes })
          .onConflict((conflict) => conflict.columns(['sha256', 'model']).doUpdateSet({ vector: bytes }))
          .execute();
      }
    });
  }
}

/** Copies the bytes, since the driver's may not be aligned as floats have to be. */
function fromBytes(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
