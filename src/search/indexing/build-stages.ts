/** What the stages of a build cost, in the time that it takes to embed one image. */
const COSTS = {
  /** Of the fit: for itself, and for each image that it uses. */
  fit: { least: 100, each: 0.15 },
  write: 0.02,
  graph: 0.03,
  calibration: { each: 0.04, most: 10_000 },
} as const;

/** The shares of the whole build, 0 to 1, that are done at the end of each of its stages. */
export interface BuildStages {
  /** The images that the projection is fitted on are embedded. */
  readonly sampled: number;
  readonly fitted: number;
  readonly written: number;
  readonly graphBuilt: number;
}

/** `images`: of the whole dataset. `sample`: those that a projection is fitted on; 0 if none is. */
export function buildStages(images: number, sample: number): BuildStages {
  const { fit, write, graph, calibration } = COSTS;
  const costs = [
    sample,
    sample === 0 ? 0 : fit.least + fit.each * sample,
    images - sample + write * images,
    graph * images,
    1 + calibration.each * Math.min(images, calibration.most),
  ];
  const total = costs.reduce((sum, cost) => sum + cost);
  let sum = 0;
  const [sampled, fitted, written, graphBuilt] = costs.map((cost) => (sum += cost) / total) as [
    number,
    number,
    number,
    number,
  ];
  return { sampled, fitted, written, graphBuilt };
}
