import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { Database } from '../../database/index.ts';
import { ImagesService } from '../../datasets/index.ts';
import { Embedder, EmbeddingModels } from '../../embeddings/index.ts';
import { DatasetIndexes } from './dataset-indexes.ts';
import type { SearchTables } from '../search.tables.ts';

/** An entry as an index of unknown origin holds it. */
export interface HeldEntry {
  readonly id: number;
  readonly externalId: string;
  readonly vector: Float32Array;
}

/** Cosine above which a vector was made from the same picture: all but rounding. */
const SAME_PICTURE = 0.999;

/** Which installation this is, and whether what an index holds was written by it. */
@Injectable()
export class IndexOwnership {
  private readonly db: Kysely<SearchTables>;

  constructor(
    database: Database,
    private readonly indexes: DatasetIndexes,
    private readonly images: ImagesService,
    private readonly models: EmbeddingModels,
    private readonly embedder: Embedder,
  ) {
    this.db = database.tables<SearchTables>();
  }

  /** 32 hexadecimal digits; the same for all processes on one data folder. */
  async installation(): Promise<string> {
    const { id } = await this.db.selectFrom('installation').select('id').executeTakeFirstOrThrow();
    return id;
  }

  /**
   * Whether all these entries of the index `name` agree with the catalogue: the same image under the
   * same number, external id and vector. Names and numbers alone prove nothing, since another
   * catalogue may count alike. An entry whose image has been deleted here neither proves nor
   * disproves; the others must be at least half.
   */
  async proves(name: string, entries: readonly HeldEntry[]): Promise<boolean> {
    const index = await this.indexes.named(name);
    if (index === undefined || entries.length === 0) return false;
    const images = await this.images.findByIds(entries.map(({ id }) => id));
    const gone = entries.map(({ id }) => id).filter((id) => !images.has(id));
    const changes = await this.images.changesOf(gone);
    const deleted = new Set(changes.filter((change) => change.deleted).map(({ imageId }) => imageId));
    if (gone.some((id) => !deleted.has(id)) || gone.length * 2 > entries.length) return false;

    const model = await this.models.modelOfIdentity(index.model);
    for (const { id, externalId, vector } of entries) {
      const image = images.get(id);
      if (image === undefined) continue;
      if (image.datasetId !== index.datasetId || image.externalId !== externalId) return false;
      const { sha256 } = image;
      const open = () => this.images.readBytes(sha256);
      const own = await this.embedder.embedStored({ sha256, open }, { model });
      if (!(cosine(own, vector) >= SAME_PICTURE)) return false;
    }
    return true;
  }
}

/** Of unit vectors; NaN if their lengths differ. */
function cosine(a: Float32Array, b: Float32Array): number {
  return a.length === b.length ? a.reduce((sum, value, axis) => sum + value * b[axis]!, 0) : NaN;
}
