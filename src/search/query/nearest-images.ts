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
}

/** Searches several indexes as if they were one. */
@Injectable()
export class NearestImages {
  constructor(private readonly vectorIndex: VectorIndex) {}

  /** `minScore`: leaves out matches with a lower score, -1 to 1. The search rejects as `VectorIndex.search` does. */
  among(targets: readonly SearchTarget[], minScore = -1): FindNearest {
    return async (k, within) => {
      const restriction = within && withOneOf(within.attribute, within.values);
      const results = await Promise.all(
        targets.map(({ name, vector, filter }) =>
          this.vectorIndex.search(name, { vector, k, filter: bothOf(filter, restriction) }),
        ),
      );
      const [only] = results;
      const found =
        only !== undefined && results.length === 1
          ? only.matches
          : results.flatMap(({ matches }) => matches).sort(byScoreThenId);
      // Beyond k, the order is incomplete: each index has returned that many at most.
      const nearest = found.slice(0, k);
      const matches = nearest.filter(({ score }) => score >= minScore);
      return {
        matches,
        complete: found.length < k || matches.length < nearest.length,
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

function byScoreThenId(a: VectorMatch, b: VectorMatch): number {
  return b.score - a.score || a.id - b.id;
}
