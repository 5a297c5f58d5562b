import { FeatureExtractors } from './feature-extractors.ts';
import { ModelCatalogue } from '../catalogue/model-catalogue.ts';
import type { MeasureVariants } from './precision-choices.ts';
import { throughput, trialPictures } from './throughput.ts';

/** Of all measuring; loading the variants comes on top. */
const TRIAL_MS = 500;
/** The variants take turns, so that a pause of the machine hits all of them. */
const TURNS = 6;

/** Measures variants on one thread each, in turns; of each the best turn counts, since others may be disturbed. */
export function precisionTrial(catalogue: ModelCatalogue, extractors: FeatureExtractors): MeasureVariants {
  return async (variants) => {
    const plan = { sessions: 1, threads: 1, batch: 1 };
    const lanes = await Promise.all(
      variants.map(async (manifest) => ({
        extractor: await extractors.make(manifest, catalogue.folderOf(manifest), plan),
        pictures: trialPictures(manifest, 1),
        best: 0,
      })),
    );
    try {
      for (const { extractor } of lanes) await extractor.open();
      const milliseconds = TRIAL_MS / TURNS / lanes.length;
      for (let turn = 0; turn < TURNS; turn += 1) {
        for (const lane of lanes) {
          const rate = await throughput(lane.extractor, lane.pictures, { lanes: 1, batch: 1, milliseconds });
          lane.best = Math.max(lane.best, rate);
        }
      }
      return lanes.map(({ best }) => best);
    } finally {
      await Promise.all(lanes.map(({ extractor }) => extractor.close()));
    }
  };
}
