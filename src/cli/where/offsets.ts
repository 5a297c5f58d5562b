import type { FilterRequest } from '../../filters/index.ts';

/** Where the parts of filters start in the texts that they were read from: first the part, then its values. */
const offsets = new WeakMap<object, readonly number[]>();

export function noteOffsets(part: object, ...found: readonly number[]): void {
  offsets.set(part, found);
}

export function startingAt(offset: number, filter: FilterRequest): FilterRequest {
  noteOffsets(filter, offset);
  return filter;
}

/** Where a place such as `filter.and[1].attribute.in[2]` is in the text; undefined if it was not read from one. */
export function offsetOf(filter: FilterRequest, place: string): number | undefined {
  const [, ...path] = place.match(/\w+/g) ?? [];
  let part: unknown = filter;
  let found = offsets.get(filter);
  for (const [at, key] of path.entries()) {
    part = (part as Readonly<Record<string, unknown>>)[key];
    if (typeof part !== 'object' || part === null) {
      // A value: one of a list, or the only one.
      const isListed = /^\d+$/.test(key) && path[at - 1] === 'in';
      return found?.[isListed ? Number(key) + 1 : 1] ?? found?.[0];
    }
    found = offsets.get(part) ?? found;
  }
  return found?.[0];
}
