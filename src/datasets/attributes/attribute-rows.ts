import { AttributeType, type AttributeValue } from '../../filters/index.ts';

/** A value as a row of `image_attributes` holds it. */
export interface StoredValue {
  readonly text: string | null;
  readonly number: number | null;
}

/** The rows of a value, in order. Every value has at least one. */
export function rowsOf(value: AttributeValue): StoredValue[] {
  if (typeof value === 'string') return [{ text: value, number: null }];
  if (typeof value === 'number') return [{ text: null, number: value }];
  if (typeof value === 'boolean') return [{ text: null, number: value ? 1 : 0 }];
  if (value instanceof Date) return [{ text: null, number: value.getTime() }];
  if (value.length === 0) return [{ text: null, number: null }];
  return value.map((text) => ({ text, number: null }));
}

/** The value that these rows hold, in order. */
export function valueOf(type: AttributeType, rows: readonly StoredValue[]): AttributeValue {
  if (type === AttributeType.STRINGS) return rows.flatMap(({ text }) => text ?? []);
  const [row] = rows;
  if (row === undefined) throw new Error('An attribute has a value without rows');
  return singleValueOf(type, row);
}

/** The value of a row; for a list, one of its strings. */
export function singleValueOf(type: AttributeType, { text, number }: StoredValue): AttributeValue {
  switch (type) {
    case AttributeType.STRING:
    case AttributeType.STRINGS:
      return text ?? '';
    case AttributeType.NUMBER:
      return number ?? 0;
    case AttributeType.BOOLEAN:
      return number === 1;
    case AttributeType.DATE:
      return new Date(number ?? 0);
  }
}
