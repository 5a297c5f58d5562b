import { Injectable } from '@nestjs/common';
import { AttributeType, allOf, typeOf, type AttributeValue, type Filter } from '../../filters/index.ts';
import { VectorIndex, type VectorMatch } from '../vector-index/vector-index.port.ts';
import type { FindNearest } from './ranking.ts';

/** An index to search, and with what. */
export interface SearchTarget {
  /** In the vector index. */
  readonly name: string;
  /** Of unit length. */
  readonly vector: Float32Array;
  readonly filter?: Filter;
  /** Whether the vector is that of an image of the catalogue. */
  readonly ofEntry?: boolean;
  /** Leaves out matches with a lower score; none by default. */
  readonly minScore?: number;
}

/** Searches several indexes as if they were one. */
@Injectable()
export class NearestImages {
  constructor(private readonly vectorIndex: VectorIndex) {}

  /** The search rejects as `VectorIndex.search` does. */
  among(targets: readonly SearchTarget[]): FindNearest {
    return async (k, within) => {
      const restriction = within && withOneOf(within.attribute, within.values);
      const results = await Promise.all(
        targets.map(({ name, vector, filter, ofEntry }) =>
          this.vectorIndex.search(name, { vector, k, ofEntry, filter: bothOf(filter, restriction) }),
        ),
      );
      const reached = results.map(({ matches }, at) => reaching(matches, targets[at]!.minScore));
      const [only] = reached;
      if (only === undefined) return { matches: [], complete: true, exact: true };
      const found =
        reached.length === 1 ? only : reached.flat().sort((a, b) => b.score - a.score || a.id - b.id);
      return {
        // Beyond k, the order is incomplete: each index has returned that many at most.
        matches: found.length > k ? found.slice(0, k) : found,
        // An index has no further matches if it returned fewer than were asked for, or some that are too far away.
        complete:
          found.length <= k &&
          results.every(({ matches }, at) => matches.length < k || reached[at]!.length < matches.length),
        exact: results.every(({ exact }) => exact),
      };
    };
  }
}

function bothOf(filter: Filter | undefined, restriction: Filter | undefined): Filter | undefined {
  if (filter === undefined) return restriction;
  return restriction === undefined ? filter : allOf(filter, restriction);
}

/** Datasets may have values of different types under one name. */
function withOneOf(name: string, values: readonly AttributeValue[]): Filter {
  const byType = new Map<AttributeType, (string | number | boolean | Date)[]>();
  for (const value of values) {
    const type = typeOf(value);
    if (type === AttributeType.STRINGS) continue;
    const single = value as string | number | boolean | Date;
    const others = byType.get(type);
    if (others === undefined) byType.set(type, [single]);
    else others.push(single);
  }
  const filters = [...byType].map(([type, some]): Filter => ({
    kind: 'attribute',
    name,
    type,
    test: { op: 'in', values: some },
  }));
  return filters.length === 1 ? filters[0]! : { kind: 'or', filters };
}

function reaching(matches: readonly VectorMatch[], minScore: number | undefined): readonly VectorMatch[] {
  return minScore === undefined ? matches : matches.filter(({ score }) => score >= minScore);
}
