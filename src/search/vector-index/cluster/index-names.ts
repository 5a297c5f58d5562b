import { createHash } from 'node:crypto';

/** Bytes of a name beyond which its end gives way to a digest. Both engines allow 255. */
const LONGEST = 150;
const DIGEST_DIGITS = 16;

/** The alias that stands for a dataset whatever index holds it now: `lookalike.clothing`. */
export function datasetAlias(prefix: string, dataset: string): string {
  return shortened(`${prefix}.${escaped(dataset)}`);
}

/**
 * The alias of a label, after a pattern with `{label}` and perhaps `{dataset}` in it:
 * `lookalike.clothing.dress`.
 */
export function labelAlias(pattern: string, dataset: string, label: string): string {
  const name = pattern.replaceAll('{dataset}', escaped(dataset)).replaceAll('{label}', escaped(label));
  // Neither engine takes a name that begins so, or an empty one. No escaped text has a "." in it.
  return shortened(/^(?:[_.-]|$)/.test(name) ? `label.${name}` : name);
}

/** Digits of an installation's id that stand in the names of its indexes. */
const OWNER_DIGITS = 12;

/**
 * The name of an index on the server. The id of the installation in it makes sure that no two
 * installations mean the same index, whatever their prefixes and datasets.
 */
export function physicalName(prefix: string, installation: string, name: string): string {
  return shortened(`${ownPrefix(prefix, installation)}${escaped(name, /[a-z0-9.-]/)}`);
}

/** How the names of all indexes of an installation begin. */
export function ownPrefix(prefix: string, installation: string): string {
  return `${prefix}-${installation.slice(0, OWNER_DIGITS)}-`;
}

/**
 * The alias through which an index is searched and written. What somebody else puts in the place of
 * an index does not have it, so that requests are an error: they find nothing foreign, and the
 * server does not make a new index with a mapping of its own guessing.
 */
export function ownAlias(physical: string): string {
  return `${physical}.own`;
}

/** The names of an index from before the id of its installation was part of them. */
export function formerNames(prefix: string, name: string): { physical: string; writeAlias: string } {
  const physical = shortened(`${prefix}-${escaped(name, /[a-z0-9.-]/)}`);
  return { physical, writeAlias: `${physical}.write` };
}

/** Bytes outside of what is plain become `_hh`, so that no two texts share a name. */
function escaped(text: string, plain = /[a-z0-9-]/): string {
  let name = '';
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    name += plain.test(character) ? character : `_${byte.toString(16).padStart(2, '0')}`;
  }
  return name;
}

function shortened(name: string): string {
  if (name.length <= LONGEST) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, DIGEST_DIGITS);
  return `${name.slice(0, LONGEST - DIGEST_DIGITS - 1)}-${digest}`;
}
