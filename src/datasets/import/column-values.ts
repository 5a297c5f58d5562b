import { AttributeType, parseDate, type AttributeValue } from '../../filters/index.ts';

/** Plain decimal notation. What begins with a zero, such as an article number, is text unless a number is asked for. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const PLAIN_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const TRUE = ['true', 'yes', '1'];
const FALSE = ['false', 'no', '0'];

/** Whether a row has a value in a column at all. */
export function isGiven(raw: unknown): boolean {
  return raw !== undefined && raw !== null && raw !== '';
}

/**
 * The value of a column as an attribute of this type; undefined if it does not fit. `separator` splits text into a
 * list; without one, a text is a list of itself.
 */
export function readColumnValue(
  raw: unknown,
  type: AttributeType,
  separator: string | undefined,
): AttributeValue | undefined {
  switch (type) {
    case AttributeType.STRING:
      return isScalar(raw) ? String(raw) : undefined;
    case AttributeType.NUMBER: {
      const number = typeof raw === 'string' && NUMBER.test(raw.trim()) ? Number(raw) : raw;
      return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
    }
    case AttributeType.BOOLEAN: {
      if (typeof raw === 'boolean') return raw;
      const text = isScalar(raw) ? String(raw).trim().toLowerCase() : '';
      if (TRUE.includes(text)) return true;
      return FALSE.includes(text) ? false : undefined;
    }
    case AttributeType.DATE:
      return typeof raw === 'string' ? parseDate(raw.trim()) : undefined;
    case AttributeType.STRINGS: {
      if (Array.isArray(raw)) return raw.every(isScalar) ? raw.map(String) : undefined;
      if (!isScalar(raw)) return undefined;
      const text = String(raw);
      if (separator === undefined || separator === '') return [text];
      return text.split(separator).filter((part) => part !== '');
    }
  }
}

/**
 * Infers the type of a column from all of its values. The text of CSV becomes a number, a boolean or a date only if
 * every value is one, and a number only in plain notation without leading zeros. The values of JSON keep their types;
 * of several, text is chosen, or a list if there is one.
 */
export class ColumnType {
  private values = 0;
  private lists = 0;
  private numbers = 0;
  private booleans = 0;
  private dates = 0;
  private readonly isText: boolean;

  /** `isText` says that all values are text, as in CSV. */
  constructor(isText: boolean) {
    this.isText = isText;
  }

  add(raw: unknown): void {
    if (!isGiven(raw)) return;
    this.values += 1;
    if (Array.isArray(raw)) this.lists += 1;
    if (typeof raw === 'number') this.numbers += 1;
    if (typeof raw === 'boolean') this.booleans += 1;
    if (!this.isText || typeof raw !== 'string') return;
    if (PLAIN_NUMBER.test(raw)) this.numbers += 1;
    else if (/^(true|false)$/i.test(raw)) this.booleans += 1;
    else if (parseDate(raw) !== undefined) this.dates += 1;
  }

  /** Undefined if there was no value. */
  get type(): AttributeType | undefined {
    if (this.values === 0) return undefined;
    if (this.lists > 0) return AttributeType.STRINGS;
    if (this.numbers === this.values) return AttributeType.NUMBER;
    if (this.booleans === this.values) return AttributeType.BOOLEAN;
    return this.dates === this.values ? AttributeType.DATE : AttributeType.STRING;
  }
}

function isScalar(raw: unknown): raw is string | number | boolean {
  return typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean';
}
