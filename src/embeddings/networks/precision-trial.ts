import { Injectable } from '@nestjs/common';
import { ModelCatalogue } from '../catalogue/model-catalogue.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { FeatureExtractors } from './feature-extractor.port.ts';
import { measureThroughput, trialPictures } from './throughput.ts';

/** For all measurements together; loading the variants takes extra time. */
const TRIAL_MS = 500;
/** The variants take turns, so that a hiccup of the machine affects all of them. */
const TURNS = 6;
/** After so many turns, the trial ends if the fastest variant is so many times as fast as each of the others. */
const [LEAST_TURNS, BEYOND_DOUBT] = [2, 1.5];

/** Measures the variants of a network against each other. */
@Injectable()
export class PrecisionTrial {
  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly extractors: FeatureExtractors,
  ) {}

  /**
   * Pictures per second of each variant, in their order, each on one thread. The best turn of each
   * counts, since other work may have disturbed the others.
   */
  async measureVariants(variants: readonly ModelManifest[]): Promise<number[]> {
    const plan = { sessions: 1, threads: 1, batch: 1 };
    const lanes = await Promise.all(
      variants.map(async (manifest) => ({
        extractor: await this.extractors.makeExtractor(manifest, this.catalogue.folderOf(manifest), plan),
        pictures: trialPictures(manifest, 1),
        best: 0,
      })),
    );
    try {
      await Promise.all(lanes.map(({ extractor }) => extractor.loadNetwork()));
      const milliseconds = TRIAL_MS / TURNS / lanes.length;
      for (let turn = 0; turn < TURNS; turn += 1) {
        for (const lane of lanes) {
          const rate = await measureThroughput(lane.extractor, lane.pictures, {
            lanes: 1,
            batch: 1,
            milliseconds,
          });
          lane.best = Math.max(lane.best, rate);
        }
        const [first = 0, second = 0] = lanes.map(({ best }) => best).sort((a, b) => b - a);
        if (turn + 1 >= LEAST_TURNS && first >= BEYOND_DOUBT * second) break;
      }
      return lanes.map(({ best }) => best);
    } finally {
      await Promise.all(lanes.map(({ extractor }) => extractor.close()));
    }
  }
}
