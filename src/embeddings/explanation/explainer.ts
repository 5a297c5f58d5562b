import { Injectable } from '@nestjs/common';
import { openImage } from '../../common/index.ts';
import { ImageLimitsConfig } from '../../config/index.ts';
import type { EmbeddingModel } from '../models/embedding-model.ts';
import { FeatureMapPool } from '../networks/feature-map-pool.ts';
import { Embedder } from '../pipeline/embedder.ts';
import { seenRegion, type Region } from '../preprocessing/preprocess.ts';
import type { ContributionGrid } from './contribution-grid.ts';
import { contributionsOf, dot, type SeenMap } from './contributions.ts';

/** A picture, or a region of it, and its unit vector under the model of the comparison. */
export interface ComparedPicture {
  readonly bytes: Uint8Array;
  readonly region?: Region;
  readonly vector: Float32Array;
}

/** Which parts of two pictures make them alike. */
export interface ScoreExplanation {
  /** The cosine similarity of the pictures. */
  readonly score: number;
  /** For each of the pictures: what its parts contribute to the score, with the other as it is. */
  readonly grids: readonly [ContributionGrid, ContributionGrid];
}

/** Says where in two pictures their similarity lies. */
@Injectable()
export class Explainer {
  constructor(
    private readonly embedder: Embedder,
    private readonly maps: FeatureMapPool,
    private readonly limits: ImageLimitsConfig,
  ) {}

  /**
   * Divides the score of two pictures among their cells. Runs each network of the model on both pictures, up to its
   * feature map, unless that is known from a recent call.
   *
   * Rejects with `EXPLANATION_UNAVAILABLE` if the features of a network are not the mean of a map, and as
   * `Embedder.embed` does.
   */
  async explain(
    model: EmbeddingModel,
    one: ComparedPicture,
    other: ComparedPicture,
    signal?: AbortSignal,
  ): Promise<ScoreExplanation> {
    const [ofOne, ofOther] = await Promise.all([
      this.seenMaps(model, one, signal),
      this.seenMaps(model, other, signal),
    ]);
    return {
      score: dot(one.vector, other.vector),
      grids: [
        contributionsOf(model, ofOne, one.vector, other.vector),
        contributionsOf(model, ofOther, other.vector, one.vector),
      ],
    };
  }

  private async seenMaps(
    { networks }: EmbeddingModel,
    { bytes, region }: ComparedPicture,
    signal: AbortSignal | undefined,
  ): Promise<SeenMap[]> {
    const size = await openImage(bytes, { maxPixels: this.limits.MAX_IMAGE_PIXELS });
    const pixels = this.embedder.preparePictures(bytes, networks, { region, signal, checked: true });
    return Promise.all(
      networks.map(async (network, at) => {
        const map = await this.maps.mapOf(network, await pixels[at]!, signal);
        return { map, region: seenRegion(size, network.manifest.preprocessing, region) };
      }),
    );
  }
}
