/** Whether a value is an object or a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

export function propertyOf(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The elements of a list, or the values of an object; none of anything else. */
export function elementsOf(value: unknown): unknown[] {
  return isRecord(value) ? Object.values(value) : [];
}

/** The elements of a list; none of anything else. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
