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

/** The name of an index on the server: recognised by its prefix, told from others by the rest. */
export function physicalName(prefix: string, name: string): string {
  return shortened(`${prefix}-${escaped(name, /[a-z0-9.-]/)}`);
}

/**
 * Writes go to this alias of an index, and only to an alias: an index that somebody deleted is then
 * an error, where the server would otherwise make a new one with a mapping of its own guessing.
 */
export function writeAlias(physical: string): string {
  return `${physical}.write`;
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
