import {
  ATTRIBUTE_LIMITS,
  ATTRIBUTE_NAME,
  AttributeType,
  parseDate,
  typeOf,
  type AttributeValue,
} from '../../filters/index.ts';
import { attributeInvalid } from '../datasets.errors.ts';

/** An attribute as a client gives it. */
export interface GivenAttribute {
  readonly name: string;
  /** The type to create the attribute with; by default the one that fits the value. */
  readonly type?: AttributeType | null;
  /** A date is an ISO 8601 string. Null for none. */
  readonly value?: string | number | boolean | readonly string[] | null;
}

export type AttributeChanges = Readonly<Record<string, AttributeValue | null>>;

/**
 * The values of attributes, by name; null for one without a value. `types` are those of the dataset's attributes, which
 * the values have to fit. Throws `ATTRIBUTE_INVALID`.
 */
export function readAttributes(
  given: readonly GivenAttribute[],
  types: ReadonlyMap<string, AttributeType>,
): AttributeChanges {
  const read = new Map<string, AttributeValue | null>();
  for (const { name, type, value = null } of given) {
    assertAttributeName(name);
    if (read.has(name)) throw attributeInvalid(name, 'it is given twice');
    read.set(name, value === null ? null : readValue(name, value, type ?? undefined, types.get(name)));
  }
  if (read.size > ATTRIBUTE_LIMITS.perDataset) {
    const [name = ''] = read.keys();
    throw attributeInvalid(name, `an image has at most ${ATTRIBUTE_LIMITS.perDataset} attributes`);
  }
  return Object.fromEntries(read);
}

export function assertAttributeName(name: string): void {
  if (!ATTRIBUTE_NAME.test(name)) {
    throw attributeInvalid(
      name,
      'a name begins with a letter or an underscore, and has up to 64 letters, digits, underscores and hyphens',
    );
  }
}

function readValue(
  name: string,
  value: NonNullable<GivenAttribute['value']>,
  declared: AttributeType | undefined,
  existing: AttributeType | undefined,
): AttributeValue {
  if (declared !== undefined && existing !== undefined && declared !== existing) {
    throw attributeInvalid(name, `it is ${existing} in this dataset`);
  }
  const type = declared ?? existing ?? typeOf(value);
  const read = type === AttributeType.DATE && typeof value === 'string' ? parseDate(value) : value;
  if (read === undefined || typeOf(read) !== type) throw attributeInvalid(name, WANTED[type]);
  assertWithinLimits(name, read);
  return read;
}

/** Throws `ATTRIBUTE_INVALID` for a text or a list that is too long. */
export function assertWithinLimits(name: string, value: AttributeValue): void {
  const texts = typeof value === 'string' ? [value] : Array.isArray(value) ? (value as string[]) : [];
  if (texts.length > ATTRIBUTE_LIMITS.strings) {
    throw attributeInvalid(name, `a list has at most ${ATTRIBUTE_LIMITS.strings} strings`);
  }
  for (const text of texts) {
    if (text.length > ATTRIBUTE_LIMITS.characters) {
      throw attributeInvalid(name, `a string has at most ${ATTRIBUTE_LIMITS.characters} characters`);
    }
    if (!text.isWellFormed()) throw attributeInvalid(name, 'the text is not valid Unicode');
  }
}

export const WANTED: Readonly<Record<AttributeType, string>> = {
  [AttributeType.STRING]: 'it is text, so give a string',
  [AttributeType.NUMBER]: 'it is a number, so give a number',
  [AttributeType.BOOLEAN]: 'it is true or false',
  [AttributeType.DATE]: 'it is a date, so give one as in "2026-11-28" or "2026-11-28T09:00:00Z"',
  [AttributeType.STRINGS]: 'it is a list of strings, so give a list',
};
