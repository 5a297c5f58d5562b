import { Injectable } from '@nestjs/common';
import { chunksOf, giveWay, IdSample } from '../../common/index.ts';
import { ImagesService } from '../../datasets/index.ts';
import {
  EmbeddingModels,
  FITTING_SAMPLE,
  isFittedOnFew,
  isSupervised,
  type EmbeddingModel,
} from '../../embeddings/index.ts';
import { withLabels } from '../../filters/index.ts';
import { DatasetModels } from '../indexing/dataset-models.ts';
import type { DatasetIndex } from '../indexing/index.repository.ts';
import type { ScoredPair } from './calibrate.ts';
import { pairsOfFold } from './fold-pairs.ts';
import { LabelledNeighbours, shareLabel } from './labelled-neighbours.ts';

/** The number of images that are searched with. */
const QUERIES = 1_000;
/**
 * The hits of each: those of a page. With more, confidences become too low for the first hits: of the same score, a
 * hit far down a ranking is less often relevant than one at its top.
 */
const HITS = 10;
/** The number of folds into which images are divided to be held out in turn. */
const FOLDS = 5;
const PAGE_IDS = 10_000;
const BATCH = 200;

/**
 * Searches with some of the labelled images of an index, to see which of their nearest neighbours share a label. Each
 * is searched among the others, without its exact copies, since those would tell nothing of a picture that is new.
 *
 * A projection knows the images on which it was fitted better than new ones, if it has learnt from their labels or if
 * there were few of them. The images are then projected by fits that have not seen them.
 */
@Injectable()
export class CalibrationPairs {
  constructor(
    private readonly images: ImagesService,
    private readonly neighbours: LabelledNeighbours,
    private readonly models: EmbeddingModels,
    private readonly datasetModels: DatasetModels,
  ) {}

  /** The pairs of each image: always of the same images, as long as their labels do not change. */
  async collect(index: DatasetIndex, signal?: AbortSignal): Promise<ScoredPair[][]> {
    const model = await this.models.modelOfIdentity(index.model);
    return (await this.isFamiliar(index, model))
      ? this.collectUnseen(index, model, signal)
      : this.collectIndexed(index, signal);
  }

  /**
   * Whether the fit has seen most of the images, and knows them better than others. Of a larger dataset it has seen a
   * share, and too many images would be missing from folds: their hits would be farther away than those of the index.
   */
  private async isFamiliar(
    { datasetId, labelIds }: DatasetIndex,
    { projection }: EmbeddingModel,
  ): Promise<boolean> {
    if (projection === undefined) return false;
    const count = await this.images.count(datasetId, labelIds && withLabels(labelIds));
    return isFittedOnFew(projection, count) || (isSupervised(projection.stats) && count <= FITTING_SAMPLE);
  }

  private async collectUnseen(
    { datasetId, labelIds }: DatasetIndex,
    model: EmbeddingModel,
    signal?: AbortSignal,
  ): Promise<ScoredPair[][]> {
    const queries: ScoredPair[][] = [];
    for await (const fold of this.datasetModels.heldOutFolds(datasetId, model, { labelIds, signal })) {
      queries.push(...(await pairsOfFold(fold, { queries: QUERIES / FOLDS, hits: HITS, signal })));
    }
    return queries;
  }

  private async collectIndexed(index: DatasetIndex, signal?: AbortSignal): Promise<ScoredPair[][]> {
    const queries: ScoredPair[][] = [];
    for (const ids of chunksOf(await this.sample(index.datasetId, signal), BATCH)) {
      signal?.throwIfAborted();
      const request = { count: HITS, withoutCopies: true };
      for (const { labels, neighbours } of await this.neighbours.of(index, ids, request)) {
        queries.push(
          neighbours.map((neighbour) => ({
            score: neighbour.score,
            sharesLabel: shareLabel(labels, neighbour.labels),
          })),
        );
      }
      await giveWay();
    }
    return queries;
  }

  /** Images that have labels. */
  private async sample(datasetId: number, signal?: AbortSignal): Promise<number[]> {
    const sample = new IdSample(QUERIES);
    for await (const ids of this.images.idPages(datasetId, PAGE_IDS)) {
      signal?.throwIfAborted();
      const labels = await this.images.labelKeysOf(ids);
      for (const id of ids) if ((labels.get(id)?.length ?? 0) > 0) sample.add(id);
      await giveWay();
    }
    return sample.ids();
  }
}
