import { Injectable } from '@nestjs/common';
import { globalId, type PageRows } from '../../common/index.ts';
import { ImageRepository } from '../catalogue/image.repository.ts';
import type { Image } from '../catalogue/images.ts';
import { Transactions } from '../catalogue/transactions.ts';
import { duplicateDecisionInvalid, imageNotFound, tooManyImages } from '../datasets.errors.ts';
import type { DecidedPair, DuplicateDecision } from './duplicate-decision.ts';
import { DuplicateDecisionRepository } from './duplicate-decision.repository.ts';

/** A decision concerns all pairs among its images, which are 4,950 for so many. */
export const MAX_DECIDED_IMAGES = 100;

/**
 * Keeps what has been decided about images that look the same: no group of duplicates has two of them any more.
 * A decision lasts until it is taken back, one of the images is deleted, or the bytes of one are replaced.
 */
@Injectable()
export class DuplicateDecisions {
  constructor(
    private readonly transactions: Transactions,
    private readonly images: ImageRepository,
    private readonly repository: DuplicateDecisionRepository,
  ) {}

  /**
   * Decides about every pair among these images, in place of what was decided before. Returns the number of pairs.
   * Rejects with `DUPLICATE_DECISION_INVALID`, `TOO_MANY_IMAGES` and `IMAGE_NOT_FOUND`, having decided nothing.
   */
  async decide(images: readonly Image[], decision: DuplicateDecision): Promise<number> {
    const { datasetId, ids } = togetherOf(images);
    await this.transactions.commit(async (transaction) => {
      const present = await this.images.findIds(ids, transaction);
      const gone = ids.find((id) => !present.has(id));
      if (gone !== undefined) throw imageNotFound(globalId('Image', gone));
      await this.repository.decide(datasetId, ids, decision, transaction);
    });
    return (ids.length * (ids.length - 1)) / 2;
  }

  /**
   * Takes back what was decided about pairs among these images. Returns the number of pairs that were decided.
   * Rejects with `DUPLICATE_DECISION_INVALID` and `TOO_MANY_IMAGES`.
   */
  async undecide(images: readonly Image[]): Promise<number> {
    const { ids } = togetherOf(images);
    return this.transactions.commitMakingRoom((transaction) => this.repository.undecide(ids, transaction));
  }

  /** A page of the decided pairs of a dataset, in the order in which they were first decided. */
  list(datasetId: number, page: PageRows): Promise<DecidedPair[]> {
    return this.repository.list(datasetId, page);
  }

  count(datasetId: number): Promise<number> {
    return this.repository.count(datasetId);
  }
}

function togetherOf(images: readonly Image[]): { readonly datasetId: number; readonly ids: number[] } {
  if (images.length > MAX_DECIDED_IMAGES) throw tooManyImages(MAX_DECIDED_IMAGES);
  const ids = [...new Set(images.map(({ id }) => id))].sort((a, b) => a - b);
  const [first] = images;
  if (first === undefined || ids.length < 2) {
    throw duplicateDecisionInvalid('Name at least two different images.');
  }
  if (images.some(({ datasetId }) => datasetId !== first.datasetId)) {
    throw duplicateDecisionInvalid('Name images of one dataset only.');
  }
  return { datasetId: first.datasetId, ids };
}
