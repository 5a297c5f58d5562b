import { describe, expect, it } from '@jest/globals';
import { labelledVectors } from '../../../../test/fixtures/labelled-vectors.ts';
import { seededRandom } from '../../../common/seeded-random.ts';
import { explainLearning } from './explain-learning.ts';
import type { JudgedPair } from './judged-pairs.ts';
import type { LabelledVector } from './labelled-sample.ts';
import { learnAxes } from './learn-axes.ts';
import { Projection } from '../projection.ts';

const DIMENSION = 40;

/** Images of hidden kinds, of which only feedback knows. */
const kinds = labelledVectors({ count: 400, dimension: DIMENSION, kinds: [80], between: 0.8 });
const kindOf = ({ labels }: LabelledVector) => labels[0]!;
const unlabelled = kinds.map((one): LabelledVector => ({ ...one, labels: [] }));
const judged = (one: LabelledVector) => ({ key: one.sha256, vector: one.vector });

/** Pairs of images of the same kind, or of any two. */
function pairsOf(count: number, { isMeaningful = true } = {}): JudgedPair[] {
  const random = seededRandom(5);
  return Array.from({ length: count }, (_, at) => {
    const query = kinds[at]!;
    const others = isMeaningful
      ? kinds.filter((one) => one !== query && kindOf(one) === kindOf(query))
      : kinds;
    const image = others[Math.floor(random() * others.length)]!;
    return { query: judged(query), image: judged(image) };
  });
}

const learn = (
  vectors: readonly LabelledVector[],
  pairs: readonly JudgedPair[],
  copies = vectors.slice(0, 80),
) =>
  learnAxes(() => vectors, { dimension: DIMENSION, count: 20, copiesOf: () => copies, judged: () => pairs });

/** The mean reciprocal rank of other images of the same kind, among all of which feedback has said nothing. */
function meanRank(axes: Awaited<ReturnType<typeof learn>>): number {
  const projection = new Projection(axes, 1, new Date(0));
  const vectors = kinds.map(({ vector }) => projection.apply(vector));
  const ranks = kinds.slice(300).map((query, at) => {
    const own = vectors[300 + at]!;
    const scores = vectors.map((vector) =>
      vector.reduce((sum, value, place) => sum + value * own[place]!, 0),
    );
    const order = scores.map((_, row) => row).sort((a, b) => scores[b]! - scores[a]!);
    const rank = order
      .filter((row) => kinds[row] !== query)
      .findIndex((row) => kindOf(kinds[row]!) === kindOf(query));
    return rank < 0 ? 0 : 1 / (1 + rank);
  });
  return ranks.reduce((sum, value) => sum + value, 0) / ranks.length;
}

describe('learning from judged pairs', () => {
  it('finds what people found relevant, also where there are no labels', async () => {
    const plain = await learn(unlabelled, []);
    const learnt = await learn(unlabelled, pairsOf(200));
    const { learning } = learnt.stats;
    expect(learning).toMatchObject({ reason: 'FEEDBACK', stretch: 1, labels: 0, recall: { recallAfter: 1 } });
    expect(learning.feedback).toMatchObject({ pairs: 200, isUsed: true });
    expect(learning.feedback!.gain.low).toBeGreaterThan(0);
    expect(meanRank(learnt)).toBeGreaterThan(meanRank(plain) + 0.05);
    expect(explainLearning(learning)).toContain('Learnt from 200 pairs');
    expect(plain.stats.learning).toMatchObject({ reason: 'TOO_FEW_LABELS', stretch: null });
    expect(plain.stats.learning.feedback).toBeUndefined();
  });

  it('learns nothing from pairs that mean nothing, are few, or lose copies', async () => {
    const plain = await learn(unlabelled, []);
    const meaningless = await learn(unlabelled, pairsOf(200, { isMeaningful: false }));
    expect(meaningless.stats.learning).toMatchObject({ stretch: null, feedback: { isUsed: false } });
    expect(explainLearning(meaningless.stats.learning)).toContain('Not learnt from 200 pairs');
    const few = await learn(unlabelled, pairsOf(10));
    expect(few.stats.learning.feedback).toBeUndefined();
    const lost = await learn(unlabelled, pairsOf(200), []);
    expect(lost.stats.learning).toMatchObject({ stretch: null, feedback: { isUsed: false } });
    for (const { axes } of [meaningless, few, lost]) expect(axes).toEqual(plain.axes);
  });

  it('adds to what labels teach, or leaves that as it is', async () => {
    const labelled = labelledVectors({ count: 400, dimension: DIMENSION, kinds: [4], between: 0.4, seed: 2 });
    const pairs = (isMeaningful: boolean) =>
      pairsOf(200, { isMeaningful }).map(({ query, image }) => ({
        query: { ...query, key: `query ${query.key}` },
        image: { ...image, key: `image ${image.key}` },
      }));
    const alone = await learn(labelled, []);
    expect(alone.stats.learning.reason).toBe('GAIN');
    const without = await learn(labelled, pairs(false));
    expect(without.stats.learning).toMatchObject({ reason: 'GAIN', feedback: { isUsed: false } });
    expect(without.axes).toEqual(alone.axes);
  });

  it('gives the same bits in any order', async () => {
    const pairs = pairsOf(120);
    const one = await learn(unlabelled, pairs);
    const other = await learn(unlabelled.toReversed(), pairs.toReversed());
    expect(other.axes).toEqual(one.axes);
    expect(other.stats.learning.feedback).toEqual(one.stats.learning.feedback);
  });
});
