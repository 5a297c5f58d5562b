import { createHash } from 'node:crypto';

/** The end of a longer name is replaced by a digest. Both engines allow 255 bytes. */
const LONGEST = 150;
const DIGEST_DIGITS = 16;

/** The alias of a dataset, whichever index contains it at the moment: `lookalike.clothing`. */
export function datasetAlias(prefix: string, dataset: string): string {
  return shortened(`${prefix}.${escaped(dataset)}`);
}

/**
 * The alias of a label, such as `lookalike.clothing.dress`, from a pattern with `{label}` and, optionally,
 * `{dataset}`.
 */
export function labelAlias(pattern: string, dataset: string, label: string): string {
  const name = pattern.replaceAll('{dataset}', escaped(dataset)).replaceAll('{label}', escaped(label));
  // Neither engine accepts a name that is empty or begins like this. Escaped text never contains a ".".
  return shortened(/^(?:[_.-]|$)/.test(name) ? `label.${name}` : name);
}

/** The number of digits of an installation's id that its index names contain. */
const OWNER_DIGITS = 12;

/**
 * The name of an index on the server. It contains the id of the installation, so that no two installations use the
 * same index, whatever their prefixes and datasets are.
 */
export function physicalName(prefix: string, installation: string, name: string): string {
  return shortened(`${ownPrefix(prefix, installation)}${escaped(name, /[a-z0-9.-]/)}`);
}

/** What the names of all indexes of an installation begin with. */
export function ownPrefix(prefix: string, installation: string): string {
  return `${prefix}-${installation.slice(0, OWNER_DIGITS)}-`;
}

/**
 * The alias through which an index is searched and written. If somebody replaces the index by another one, that one
 * lacks the alias and requests fail, instead of finding foreign entries or making the server create an index with a
 * guessed mapping.
 */
export function ownAlias(physical: string): string {
  return `${physical}.own`;
}

/** The longest part of a name that stands for a label. With the longest name of an index, it fits into 255 bytes. */
const LONGEST_LABEL = 80;

/** The name of the index of a label beside an index that is called `physical` on the server. */
export function labelIndexName(physical: string, label: string): string {
  return `${labelIndexPrefix(physical)}${shortened(escaped(label), LONGEST_LABEL)}`;
}

/** What the names of all label indexes beside an index begin with. */
export function labelIndexPrefix(physical: string): string {
  return `${physical}.label.`;
}

/** The names of an index that was made before installations had ids. */
export function formerNames(prefix: string, name: string): { physical: string; writeAlias: string } {
  const physical = shortened(`${prefix}-${escaped(name, /[a-z0-9.-]/)}`);
  return { physical, writeAlias: `${physical}.write` };
}

/** Replaces every byte that is not plain by `_hh`, so that different texts have different names. */
function escaped(text: string, plain = /[a-z0-9-]/): string {
  let name = '';
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    name += plain.test(character) ? character : `_${byte.toString(16).padStart(2, '0')}`;
  }
  return name;
}

function shortened(name: string, longest = LONGEST): string {
  if (name.length <= longest) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, DIGEST_DIGITS);
  return `${name.slice(0, longest - DIGEST_DIGITS - 1)}-${digest}`;
}
