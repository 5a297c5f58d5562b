import type { AttributeType } from '../../../api/generated/graphql.ts';

export type AttributeValue = string | number | boolean | string[];

export const TYPES: readonly { id: AttributeType; label: string }[] = [
  { id: 'STRING', label: 'Text' },
  { id: 'NUMBER', label: 'Number' },
  { id: 'BOOLEAN', label: 'Yes or no' },
  { id: 'DATE', label: 'Date' },
  { id: 'STRINGS', label: 'Several texts' },
];

const NAME = /^[A-Za-z_][\w-]{0,63}$/;

/** What is wrong with the name of an attribute; undefined if nothing is. */
export function nameProblem(name: string): string | undefined {
  if (name === '' || NAME.test(name)) return undefined;
  return 'Begin with a letter, then use letters, digits, hyphens and underscores.';
}

/** A value as it is written in a field. */
export function written(value: AttributeValue): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** What has been written in a field as a value of a type; undefined if it is none. */
export function readValue(text: string, type: AttributeType): AttributeValue | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  switch (type) {
    case 'NUMBER': {
      const number = Number(trimmed);
      return Number.isFinite(number) ? number : undefined;
    }
    case 'BOOLEAN':
      return trimmed === 'true';
    case 'STRINGS':
      return trimmed
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean);
    case 'DATE':
    case 'STRING':
      return trimmed;
  }
}
