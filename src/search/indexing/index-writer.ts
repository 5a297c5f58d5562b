import { Injectable } from '@nestjs/common';
import {
  ImagesService,
  type ImageChange,
  type NotSearchable,
  type SearchOutcomes,
} from '../../datasets/index.ts';
import { VectorIndex, type VectorEntry } from '../vector-index/vector-index.port.ts';
import { ImageEmbedding, isFailure, type EmbeddedImage } from './image-embedding.ts';
import { IndexContents, type SortedImages } from './index-contents.ts';
import type { DatasetIndex } from './index.repository.ts';
import { IndexTurns } from './index-turns.ts';
import { excludedFrom } from './wanted-images.ts';
import { WrittenChanges } from './written-changes.ts';

interface Prepared {
  /** The images of which only the facts are written. */
  readonly held: SortedImages['held'];
  readonly embedded: readonly EmbeddedImage[];
  /** Those that could not be embedded. */
  readonly notSearchable: SearchOutcomes;
}

/**
 * Applies a few changes of images to a vector index at once: new images and new bytes are embedded and written,
 * deleted images are deleted. If only labels or attributes have changed, nothing is embedded.
 * An image that cannot be embedded is recorded as a failure and left out.
 */
@Injectable()
export class IndexWriter {
  constructor(
    private readonly images: ImagesService,
    private readonly contents: IndexContents,
    private readonly embedding: ImageEmbedding,
    private readonly written: WrittenChanges,
    private readonly turns: IndexTurns,
    private readonly vectorIndex: VectorIndex,
  ) {}

  /**
   * Applies the last changes of a few images, and advances the checkpoint of the index over them. Searches reflect
   * them once it resolves. Resolves with the images that the index does not hold.
   */
  async write(index: DatasetIndex, imageIds: readonly number[]): Promise<SearchOutcomes> {
    const outcomes = new Map<number, NotSearchable>();
    for (let remaining = imageIds; remaining.length > 0;) {
      const changes = await this.images.changesOf(remaining);
      const prepared = await this.prepare(index, changes);
      const current = await this.turns.during(index, () => this.writeCurrent(index, changes, prepared));
      const written = new Set(current.map(({ imageId }) => imageId));
      for (const [id, reason] of [...excludedFrom(index, current), ...prepared.notSearchable]) {
        if (written.has(id)) outcomes.set(id, reason);
      }
      // An image that has changed again in the meantime is prepared again.
      remaining = changes.map(({ imageId }) => imageId).filter((id) => !written.has(id));
    }
    return outcomes;
  }

  /** Does whatever takes long and does not write to the index. */
  private async prepare(index: DatasetIndex, changes: readonly ImageChange[]): Promise<Prepared> {
    const { held, pictures, failed } = await this.contents.sort(index, changes);
    const embedded: EmbeddedImage[] = [];
    const notSearchable = new Map<number, NotSearchable>(failed);
    for await (const one of this.embedding.entries(index, pictures)) {
      embedded.push(one);
      if (!isFailure(one.outcome)) continue;
      const { imageId, code, message } = one.outcome;
      notSearchable.set(imageId, { code, message });
    }
    return { held, embedded, notSearchable };
  }

  /** Writes those of the changes that are still the last ones of their images, and resolves with them. */
  private async writeCurrent(
    index: DatasetIndex,
    changes: readonly ImageChange[],
    { held, embedded }: Prepared,
  ): Promise<ImageChange[]> {
    const current = await this.images.currentChanges(changes);
    const isCurrent = new Set(current);
    await this.contents.deleteUnwanted(index, current);
    await this.contents.updateFacts(
      index,
      held.filter((change) => isCurrent.has(change)),
    );
    const pictures = embedded.filter(({ change }) => isCurrent.has(change));
    const outcomes = pictures.map(({ outcome }) => outcome);
    const entries = outcomes.filter((outcome): outcome is VectorEntry => !isFailure(outcome));
    if (entries.length > 0) await this.vectorIndex.upsert(index.name, entries);
    await this.contents.recordFailures(
      index,
      pictures.map(({ change }) => change.imageId),
      outcomes.filter(isFailure),
    );
    await this.written.record(
      index,
      current.map(({ change }) => change),
    );
    return current;
  }
}
