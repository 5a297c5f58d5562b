import type { FeatureExtractor } from './feature-extractor.port.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import type { SessionPlan } from './session-plan.ts';

/** Makes the extractor of a network, by the format of its file; `modelsDir` is where that lies. */
export type MakeFeatureExtractor = (
  manifest: ModelManifest,
  modelsDir: string,
  plan: SessionPlan,
) => Promise<FeatureExtractor>;

/** Where extractors come from: the module puts the adapters here, tests put fakes. */
export class FeatureExtractors {
  readonly make: MakeFeatureExtractor;

  constructor(make: MakeFeatureExtractor) {
    this.make = make;
  }
}
