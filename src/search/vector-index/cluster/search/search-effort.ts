/** How thoroughly a graph is searched. */
export interface SearchEffort {
  /** The number of candidates per shard. */
  readonly candidates: number;
  /** If the graph holds rounded vectors, this many times k candidates are compared by their float vectors. */
  readonly oversample: number;
}

/** Both engines reject more. */
export const MAX_CANDIDATES = 10_000;

/** In ascending order of recall. Each has a margin over the measured values: see docs/benchmarks.md. */
const STEPS: readonly { recall: number; least: number; perHit: number; oversample: number }[] = [
  { recall: 0.9, least: 50, perHit: 1.5, oversample: 1.5 },
  { recall: 0.95, least: 100, perHit: 2, oversample: 2 },
  { recall: 0.98, least: 150, perHit: 3, oversample: 2 },
  { recall: 0.99, least: 250, perHit: 4, oversample: 3 },
  { recall: 0.999, least: 1_000, perHit: 20, oversample: 4 },
];

/** The effort that finds about this share (0 to 1) of the k nearest entries. */
export function searchEffort(recall: number, k: number): SearchEffort {
  const step = STEPS.find((candidate) => candidate.recall >= recall) ?? STEPS.at(-1)!;
  const candidates = Math.max(step.least, Math.ceil(k * step.perHit), Math.ceil(k * step.oversample));
  return { candidates: Math.min(MAX_CANDIDATES, candidates), oversample: step.oversample };
}
