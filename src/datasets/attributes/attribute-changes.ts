import type { Attributes, AttributeValue } from '../../filters/index.ts';
import type { AttributeChanges } from './given-attributes.ts';

export function isSameAttributes(a: Attributes, b: Attributes): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.keys(effective(a, b)).length === 0;
}

/** Those of the changes that change something. */
export function effective(before: Attributes, changes: AttributeChanges): AttributeChanges {
  const changing = Object.entries(changes).filter(([name, value]) => {
    const present = Object.hasOwn(before, name) ? before[name] : undefined;
    return value === null ? present !== undefined : present === undefined || !isSameValue(present, value);
  });
  return Object.fromEntries(changing);
}

/** The changes that make the attributes those of `after`. */
export function replacing(before: Attributes, after: Attributes): AttributeChanges {
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  return effective(before, { ...after, ...Object.fromEntries(gone.map((name) => [name, null])) });
}

function isSameValue(a: AttributeValue, b: AttributeValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b) && a instanceof Date === b instanceof Date;
}
