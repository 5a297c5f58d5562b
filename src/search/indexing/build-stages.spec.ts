import { expect, it } from '@jest/globals';
import { buildStages } from './build-stages.ts';

it.each([
  [0, 0],
  [1, 0],
  [100, 100],
  [3_200, 3_200],
  [1_000_000, 10_000],
])('the stages of a build of %i images, of which %i are sampled, follow each other', (images, sample) => {
  const { sampled, fitted, written, graphBuilt } = buildStages(images, sample);
  const ends = [0, sampled, fitted, written, graphBuilt, 1];
  expect(ends).toEqual(ends.toSorted((a, b) => a - b));
  if (sample === 0) expect(fitted).toBe(0);
});

it('counts a sample only as much as it is of the whole', () => {
  expect(buildStages(3_200, 3_200).sampled).toBeGreaterThan(0.7);
  expect(buildStages(1_000_000, 10_000).fitted).toBeLessThan(0.05);
  expect(buildStages(1_000_000, 10_000).written).toBeGreaterThan(0.9);
});
