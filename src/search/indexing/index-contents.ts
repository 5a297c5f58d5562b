import { Injectable } from '@nestjs/common';
import { chunksOf } from '../../common/index.ts';
import type { ImageChange, ImageWritten, SearchOutcomes } from '../../datasets/index.ts';
import { IndexRepository, type DatasetIndex, type IndexFailure } from './index.repository.ts';
import { imageNotIndexed } from '../search.errors.ts';
import { VectorIndex, type EntryFacts } from '../vector-index/vector-index.port.ts';
import { excludedFrom, isWanted, wantedBy } from './wanted-images.ts';

/** How many entries are updated, or looked for, at once. */
const UPDATED_AT_ONCE = 256;

/** Images by what an index has to do with them. */
export interface SortedImages {
  /** The index holds their bytes. Only the facts are to be written. */
  readonly held: ImageWritten[];
  /** They are to be embedded. */
  readonly pictures: ImageWritten[];
  /** They could not be embedded, and trying again would fail again. */
  readonly failed: SearchOutcomes;
}

/** What an index holds of a dataset: its entries in the vector index, and the images that it could not take. */
@Injectable()
export class IndexContents {
  constructor(
    private readonly indexes: IndexRepository,
    private readonly vectorIndex: VectorIndex,
  ) {}

  /** Which of the images, none of which has changed since the index was written, it does not hold, and why. */
  async missing(index: DatasetIndex, changes: readonly ImageChange[]): Promise<SearchOutcomes> {
    const wanted = wantedBy(index, changes).map(({ imageId }) => imageId);
    if (wanted.length === 0) return excludedFrom(index, changes);
    const failed = await this.indexes.findFailures(index.id, wanted);
    const isHeld = await this.presence(index, wanted);
    const missing = wanted.filter((id) => !isHeld(id));
    const lost = imageNotIndexed();
    return new Map([
      ...excludedFrom(index, changes),
      ...missing.map((id) => [id, failed.get(id) ?? lost] as const),
    ]);
  }

  /** Sorts the images that the index wants by what it has to do with them. */
  async sort(index: DatasetIndex, changes: readonly ImageChange[]): Promise<SortedImages> {
    const wanted = wantedBy(index, changes);
    const known = wanted.filter(({ pictureChange }) => pictureChange <= index.checkpoint);
    const ids = known.map(({ imageId }) => imageId);
    const failed = await this.indexes.findFailures(index.id, ids);
    // An index with restricted labels may see an image for the first time when it gets another label.
    const isHeld = index.labelIds === undefined ? () => true : await this.presence(index, ids);
    const held = known.filter(({ imageId }) => !failed.has(imageId) && isHeld(imageId));
    const settled = new Set([...failed.keys(), ...held.map(({ imageId }) => imageId)]);
    return { held, pictures: wanted.filter(({ imageId }) => !settled.has(imageId)), failed };
  }

  async updateFacts(index: DatasetIndex, held: readonly ImageWritten[]): Promise<void> {
    for (const some of chunksOf(held, UPDATED_AT_ONCE)) {
      await this.vectorIndex.update(index.name, some.map(factsOf));
    }
  }

  /**
   * Records which of these images failed, and that the others did not. Also removes what the index holds of those
   * that failed: the vectors of earlier bytes.
   */
  async recordFailures(
    index: DatasetIndex,
    imageIds: readonly number[],
    failures: readonly IndexFailure[],
  ): Promise<void> {
    if (failures.length > 0) {
      await this.vectorIndex.delete(
        index.name,
        failures.map(({ imageId }) => imageId),
      );
    }
    await this.indexes.recordFailures(index.id, imageIds, failures);
  }

  /** Deletes what the index holds of images that it does not include, or not any more. */
  async deleteUnwanted(index: DatasetIndex, changes: readonly ImageChange[]): Promise<void> {
    const unwanted = changes.filter((change) => !isWanted(index, change)).map(({ imageId }) => imageId);
    if (unwanted.length === 0) return;
    await this.vectorIndex.delete(index.name, unwanted);
    await this.indexes.recordFailures(index.id, unwanted, []);
  }

  private async presence(index: DatasetIndex, ids: readonly number[]): Promise<(id: number) => boolean> {
    const present = new Set<number>();
    for (const some of chunksOf(ids, UPDATED_AT_ONCE)) {
      for (const id of (await this.vectorIndex.vectors(index.name, some)).keys()) present.add(id);
    }
    return (id) => present.has(id);
  }
}

/** What the index stores of an image beside its vector. */
export function factsOf(change: ImageWritten): EntryFacts {
  const { imageId: id, externalId, fileName, labels, labelNames, attributes, sourceUrl } = change;
  return { id, externalId, fileName, labels, labelNames, attributes, sourceUrl: sourceUrl ?? undefined };
}
