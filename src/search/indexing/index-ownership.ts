import { Injectable } from '@nestjs/common';
import { ImagesService } from '../../datasets/index.ts';
import { Embedder, EmbeddingModels } from '../../embeddings/index.ts';
import { IndexRepository } from './index.repository.ts';

/** An entry of an index of unknown origin. */
export interface HeldEntry {
  readonly id: number;
  readonly externalId: string;
  readonly vector: Float32Array;
}

/** Vectors with a higher cosine similarity come from the same picture: they differ by rounding only. */
const SAME_PICTURE = 0.999;

/** Finds out whether this installation has written an index that does not say whose it is. */
@Injectable()
export class IndexOwnership {
  constructor(
    private readonly indexes: IndexRepository,
    private readonly images: ImagesService,
    private readonly models: EmbeddingModels,
    private readonly embedder: Embedder,
  ) {}

  /**
   * Whether all of these entries of the index `name` agree with the catalogue: each id must belong to an image
   * with the same external id and the same vector. Ids and names alone prove nothing, because another catalogue
   * may use the same ones. Entries whose images have been deleted here are ignored, but at least half of the
   * entries must remain.
   */
  async proves(name: string, entries: readonly HeldEntry[]): Promise<boolean> {
    const index = await this.indexes.findByName(name);
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

/** The cosine of two unit vectors; NaN if they have different numbers of dimensions. */
function cosine(a: Float32Array, b: Float32Array): number {
  return a.length === b.length ? a.reduce((sum, value, axis) => sum + value * b[axis]!, 0) : NaN;
}
