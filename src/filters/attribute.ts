/** What the values of an attribute are. All values of an attribute of a dataset have one type. */
export enum AttributeType {
  STRING = 'STRING',
  NUMBER = 'NUMBER',
  BOOLEAN = 'BOOLEAN',
  DATE = 'DATE',
  /** A list of strings. */
  STRINGS = 'STRINGS',
}

export type AttributeValue = string | number | boolean | Date | readonly string[];

/** The attributes of an image, by name. An image need not have all attributes of its dataset. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A letter or an underscore, then letters, digits, underscores and hyphens: at most 64 characters. */
export const ATTRIBUTE_NAME = /^[\p{L}_][\p{L}\p{N}_-]{0,63}$/u;

export const ATTRIBUTE_LIMITS = {
  /** Attributes of a dataset. */
  perDataset: 64,
  /** Characters of a string. */
  characters: 1_024,
  /** Strings of a list. */
  strings: 100,
} as const;
