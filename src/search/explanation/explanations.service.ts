import { Injectable } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import { drawHeatMap, Semaphore } from '../../common/index.ts';
import { ImageLimitsConfig } from '../../config/index.ts';
import { ImagesService } from '../../datasets/index.ts';
import {
  Embedder,
  Explainer,
  textInvalid,
  type ContributionGrid,
  type ModelIdentity,
} from '../../embeddings/index.ts';
import { SearchPictures } from '../query/search-pictures.ts';
import { SearchScopes } from '../query/search-scope.ts';
import type { SearchBy } from '../query/similar-images.ts';
import { examplesInvalid } from '../search.errors.ts';

/** The picture of a query or of a hit, with what its parts contribute to the score. */
export interface ExplainedPicture {
  readonly grid: ContributionGrid;
  readonly bytes: Uint8Array;
  /** The greatest contribution to the score or from it, of any part of either picture. */
  readonly peak: number;
}

export interface Explanation {
  /** The cosine similarity, as the search gives it. */
  readonly score: number;
  readonly query: ExplainedPicture;
  readonly hit: ExplainedPicture;
  /** The model of the index of the hit. */
  readonly model: ModelIdentity;
  /** Milliseconds. */
  readonly tookMs: number;
}

/** Says which parts of a picture and of a hit make them alike. */
@Injectable()
export class ExplanationsService {
  private readonly drawing = new Semaphore(availableParallelism());

  constructor(
    private readonly images: ImagesService,
    private readonly scopes: SearchScopes,
    private readonly pictures: SearchPictures,
    private readonly embedder: Embedder,
    private readonly explainer: Explainer,
    private readonly limits: ImageLimitsConfig,
  ) {}

  /**
   * Divides the score of an image of the catalogue, as a search with a picture gives it, among the parts of both.
   *
   * Rejects with `IMAGE_NOT_FOUND`, `DATASET_NOT_INDEXED`, `EXAMPLES_INVALID` for examples, which have no single
   * picture, with `TEXT_INVALID` for words, with `EXPLANATION_UNAVAILABLE` if the model has no feature maps, or with
   * the reason why a picture cannot be used. Once the signal aborts, it rejects with the signal's reason before the next step.
   *
   * @example
   * const { score, query } = await explanations.explain({ by: { bytes }, imageId: hit.image.id });
   * const share = query.grid.values[0]! / score;
   */
  async explain(
    { by, imageId }: { readonly by: SearchBy; readonly imageId: number },
    signal?: AbortSignal,
  ): Promise<Explanation> {
    const startedAt = performance.now();
    // Nor has what is kept of a picture any parts.
    if ('examples' in by || 'features' in by) throw examplesInvalid('an explanation takes one picture');
    if ('text' in by) throw textInvalid('an explanation takes a picture');
    const { datasetId, sha256 } = await this.images.get(imageId);
    const { indexes, base } = await this.scopes.of([datasetId]);
    const { model } = indexes[0]!;
    const { bytes, picture } = await this.pictures.read(by, signal);
    const question = await this.pictures.question(picture, signal);
    const [vector] = await question.vectors([model], base, signal);
    const open = () => this.images.readBytes(sha256);
    const hitVector = await this.embedder.embedStored({ sha256, open }, { model, signal });
    const hitBytes = await open();
    signal?.throwIfAborted();
    const { score, grids } = await this.explainer.explain(
      model,
      { bytes, region: by.region, vector: vector! },
      { bytes: hitBytes, vector: hitVector },
      signal,
    );
    const [ofQuery, ofHit] = grids;
    const peak = Math.max(...[...ofQuery.values, ...ofHit.values].map(Math.abs));
    return {
      score,
      query: { grid: ofQuery, bytes, peak },
      hit: { grid: ofHit, bytes: hitBytes, peak },
      model: model.identity,
      tookMs: performance.now() - startedAt,
    };
  }

  /**
   * The heat map of a picture as WebP, at most 512 pixels long: over the picture or, as an `overlay`, on transparent
   * ground. Equal colours mean equal parts of the score in both pictures.
   */
  drawHeatMap(
    { grid, bytes, peak }: ExplainedPicture,
    { overlay = false, signal }: { readonly overlay?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<Buffer> {
    return this.drawing.run(async () => {
      signal?.throwIfAborted();
      return drawHeatMap(bytes, grid, { peak, overlay, limits: { maxPixels: this.limits.MAX_IMAGE_PIXELS } });
    });
  }
}
