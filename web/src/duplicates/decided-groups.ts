import type { ComparedImageFragment, DecidedDuplicatesQuery } from '../api/generated/graphql.ts';

export type DecidedPair = DecidedDuplicatesQuery['decidedDuplicates']['nodes'][number];

/** Images about which one decision was made. */
export interface DecidedGroup {
  /** The ids of its images. */
  readonly key: string;
  readonly decision: DecidedPair['decision'];
  readonly images: readonly ComparedImageFragment[];
}

/**
 * The catalogue keeps a decision about a group as one pair for each two of its images. Puts the pairs of a moment that
 * share images together again, in the order of their first pairs.
 */
export function decidedGroups(pairs: readonly DecidedPair[]): DecidedGroup[] {
  const groups: { pair: DecidedPair; images: Map<string, ComparedImageFragment> }[] = [];
  for (const pair of pairs) {
    const both = [pair.image, pair.other];
    const [first, ...others] = groups.filter(
      ({ pair: { decision, decidedAt }, images }) =>
        decision === pair.decision && decidedAt === pair.decidedAt && both.some(({ id }) => images.has(id)),
    );
    const group = first ?? { pair, images: new Map() };
    if (first === undefined) groups.push(group);
    for (const other of others) {
      other.images.forEach((image, id) => group.images.set(id, image));
      groups.splice(groups.indexOf(other), 1);
    }
    for (const image of both) group.images.set(image.id, image);
  }
  return groups.map(({ pair: { decision }, images }) => ({
    key: [...images.keys()].sort().join(' '),
    decision,
    images: [...images.values()],
  }));
}
