import type { Attributes, AttributeValue } from '../../../../filters/index.ts';

/** A date, in milliseconds since 1970. */
interface StoredDate {
  readonly date: number;
}

/** Attributes as JSON. Dates, which JSON does not have, become objects. */
export function encodeAttributes(attributes: Attributes): string {
  const entries = Object.entries(attributes).map(([name, value]): [string, unknown] => [
    name,
    value instanceof Date ? ({ date: value.getTime() } satisfies StoredDate) : value,
  ]);
  return JSON.stringify(Object.fromEntries(entries));
}

export function decodeAttributes(json: string): Attributes {
  const entries = Object.entries(
    JSON.parse(json) as Record<string, Exclude<AttributeValue, Date> | StoredDate>,
  );
  return Object.fromEntries(
    entries.map(([name, value]) => [name, isStoredDate(value) ? new Date(value.date) : value]),
  );
}

function isStoredDate(value: Exclude<AttributeValue, Date> | StoredDate): value is StoredDate {
  return typeof value === 'object' && 'date' in value;
}
