import { modelSpecInvalid } from '../embeddings.errors.ts';
import { PRECISIONS, type Precision } from '../catalogue/model-manifest.ts';

/** A network as a spec names it. */
export interface NetworkSpec {
  readonly id: string;
  /** Left to the configuration and to this machine where it is absent. */
  readonly precision?: Precision;
}

/** What EMBEDDING_MODEL and `buildIndex(model:)` name. */
export interface ModelSpec {
  /** One, or those whose features are put side by side. */
  readonly networks: readonly NetworkSpec[];
  /** Numbers that a projection fitted on the dataset leaves of a vector; absent for none. */
  readonly dimension?: number;
}

/** Specs that have a name of their own. */
export const NAMED_SPECS: Readonly<Record<string, string>> = {
  fast: 'efficientnet-lite0@128',
  best: 'efficientnet-lite0+efficientnet-lite2@128',
};

const MOST_NETWORKS = 3;
const LARGEST_DIMENSION = 4096;
const NETWORK = /^(?<id>[a-z0-9][a-z0-9.-]{0,63})(?::(?<precision>\w+))?$/;

/**
 * Reads a model spec:
 *
 *     spec    = ( name | network { "+" network } ) [ "@" N ]
 *     name    = "fast" | "best"
 *     network = id [ ":" ( "int8" | "float32" ) ]
 *
 * `a+b`: the unit features of each side by side, the whole of unit length again. `@N`: centred on the
 * dataset's mean and projected to N numbers, of unit length again. Throws `MODEL_SPEC_INVALID`; whether
 * the networks exist is the catalogue's business.
 */
export function parseModelSpec(text: string): ModelSpec {
  const fail = (problem: string) => modelSpecInvalid(text, problem, Object.keys(NAMED_SPECS));
  const trimmed = text.trim();
  const [before = '', ...after] = trimmed.split('@');
  if (after.length > 1) throw fail('it has more than one "@"');
  const named = Object.hasOwn(NAMED_SPECS, before) ? NAMED_SPECS[before] : undefined;
  const [networksPart = '', namedDimension] = named?.split('@') ?? [before];

  const networks = networksPart.split('+').map((part): NetworkSpec => {
    const groups = NETWORK.exec(part.trim())?.groups;
    if (groups?.id === undefined) {
      throw fail(
        part.trim() === '' ? 'a network has no name' : `"${part.trim()}" is not the name of a network`,
      );
    }
    const { id, precision } = groups;
    if (precision === undefined) return { id };
    const known = PRECISIONS.find((candidate) => candidate === precision);
    if (known === undefined) throw fail(`"${precision}" is none of ${PRECISIONS.join(', ')}`);
    return { id, precision: known };
  });
  if (networks.length > MOST_NETWORKS) throw fail(`it has more than ${MOST_NETWORKS} networks`);
  const twice = networks.find(({ id }, at) => networks.findIndex((other) => other.id === id) !== at);
  if (twice !== undefined) throw fail(`it has ${twice.id} twice`);

  const number = after[0] ?? namedDimension;
  if (number === undefined) return { networks };
  const dimension = /^[1-9]\d{0,3}$/.test(number) ? Number(number) : NaN;
  if (!(dimension >= 2 && dimension <= LARGEST_DIMENSION)) {
    throw fail(`what follows "@" must be a whole number from 2 to ${LARGEST_DIMENSION}`);
  }
  return { networks, dimension };
}

/** The one way to write a spec: names are spelt out. */
export function formatModelSpec({ networks, dimension }: ModelSpec): string {
  const names = networks.map(({ id, precision }) => (precision === undefined ? id : `${id}:${precision}`));
  return names.join('+') + (dimension === undefined ? '' : `@${dimension}`);
}

/** `fast` or `best`, where a spec that is spelt out is one of those; otherwise null. */
export function nameOfSpec(spelt: string): string | null {
  return Object.keys(NAMED_SPECS).find((name) => NAMED_SPECS[name] === spelt) ?? null;
}
