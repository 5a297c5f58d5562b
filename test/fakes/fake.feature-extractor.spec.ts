import { describe } from '@jest/globals';
import { featureExtractorContract } from '../contracts/feature-extractor.contract.ts';
import { FakeFeatureExtractor, fakeManifest } from './fake.feature-extractor.ts';

describe('FakeFeatureExtractor', () => {
  featureExtractorContract(() => ({
    extractor: new FakeFeatureExtractor(),
    crop: fakeManifest.preprocessing.crop,
  }));
});
