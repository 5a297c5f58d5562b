import { Injectable } from '@nestjs/common';
import { ImagesService, type ImageWritten } from '../../datasets/index.ts';
import { Embedder, EmbeddingModels } from '../../embeddings/index.ts';
import type { VectorEntry } from '../vector-index/vector-index.port.ts';
import { factsOf } from './index-contents.ts';
import type { DatasetIndex, IndexFailure } from './index.repository.ts';

/** The last change of an image with its entry for the index, or why there is none. */
export interface EmbeddedImage {
  readonly change: ImageWritten;
  readonly outcome: VectorEntry | IndexFailure;
}

/** Turns images of the catalogue into entries for an index. */
@Injectable()
export class ImageEmbedding {
  constructor(
    private readonly images: ImagesService,
    private readonly models: EmbeddingModels,
    private readonly embedder: Embedder,
  ) {}

  /** Embeds images with the model of the index. Images that fail because they have changed again are left out. */
  async *entries(
    index: DatasetIndex,
    changes: readonly ImageWritten[],
    signal?: AbortSignal,
  ): AsyncGenerator<EmbeddedImage> {
    // Deletions alone need no model, which may not be installed any more.
    if (changes.length === 0) return;
    const model = await this.models.modelOfIdentity(index.model);
    const items = changes.map((change) => ({
      sha256: change.sha256,
      change,
      open: () => this.images.readBytes(change.sha256),
    }));
    for await (const result of this.embedder.embedAll(items, { model, signal })) {
      const { change } = result.item;
      const { imageId, externalId } = change;
      if ('error' in result && (await this.isOutdated(change))) continue;
      yield 'vector' in result
        ? { change, outcome: { ...factsOf(change), vector: result.vector } }
        : { change, outcome: { imageId, item: externalId, ...result.error } };
    }
  }

  /** Whether the image has been deleted or has other bytes by now: a later change says so. */
  private async isOutdated({ imageId, sha256 }: ImageWritten): Promise<boolean> {
    return (await this.images.find(imageId))?.sha256 !== sha256;
  }
}

export function isFailure(outcome: VectorEntry | IndexFailure): outcome is IndexFailure {
  return 'code' in outcome;
}
