import { chunksOf, giveWay, isTurnOver } from '../../common/index.ts';
import type { HeldOutFold, LabelledVector } from '../../embeddings/index.ts';
import { multiplyRows } from '../../linear-algebra/index.ts';
import type { ScoredPair } from './calibrate.ts';
import { shareLabel } from './labelled-neighbours.ts';

/** How many images are searched with before other work of the process gets a turn. */
const ASKED_AT_ONCE = 16;

export interface FoldPairsOptions {
  /** The number of held-out images to search with at most. */
  readonly queries: number;
  /** The number of hits of each at most. */
  readonly hits: number;
  readonly signal?: AbortSignal;
}

/**
 * Searches with the first held-out images that have labels among all images of the fold that have labels, except for
 * exact copies. The others alone would be too few, so that hits would be farther away than those of an index.
 */
export async function pairsOfFold(
  { heldOut, others }: HeldOutFold,
  { queries, hits, signal }: FoldPairsOptions,
): Promise<ScoredPair[][]> {
  const asked = heldOut.filter(isLabelled).slice(0, queries);
  const searched = [...heldOut, ...others].filter(isLabelled);
  const dimension = searched[0]?.vector.length ?? 1;
  const matrix = rowsOf(searched, dimension);
  const pairs: ScoredPair[][] = [];
  for (const some of chunksOf(asked, ASKED_AT_ONCE)) {
    if (isTurnOver()) await giveWay();
    signal?.throwIfAborted();
    const scores = multiplyRows(rowsOf(some, dimension), matrix, dimension);
    for (const [at, query] of some.entries()) {
      const own = scores.subarray(at * searched.length, (at + 1) * searched.length);
      pairs.push(
        nearest(query, searched, own, hits).map(({ score, labels }) => ({
          score,
          sharesLabel: shareLabel(query.labels, labels),
        })),
      );
    }
  }
  return pairs;
}

interface Hit {
  readonly score: number;
  readonly labels: readonly string[];
}

/** The nearest first. `scores`: the cosines of the query and those that are searched. */
function nearest(
  query: LabelledVector,
  searched: readonly LabelledVector[],
  scores: Float64Array,
  count: number,
): Hit[] {
  const found: Hit[] = [];
  for (const [at, { sha256, labels }] of searched.entries()) {
    const score = scores[at]!;
    if (found.length === count && score <= found.at(-1)!.score) continue;
    if (sha256 === query.sha256) continue;
    let place = found.length;
    while (place > 0 && found[place - 1]!.score < score) place -= 1;
    found.splice(place, 0, { score, labels });
    if (found.length > count) found.pop();
  }
  return found;
}

function rowsOf(vectors: readonly LabelledVector[], dimension: number): Float64Array {
  const rows = new Float64Array(vectors.length * dimension);
  for (const [at, { vector }] of vectors.entries()) rows.set(vector, at * dimension);
  return rows;
}

function isLabelled({ labels }: LabelledVector): boolean {
  return labels.length > 0;
}
