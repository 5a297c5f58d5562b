import { modelSpecInvalid } from '../embeddings.errors.ts';
import { PRECISIONS, type Precision } from '../catalogue/model-manifest.ts';

/** A network as named in a spec. */
export interface NetworkSpec {
  readonly id: string;
  /** If omitted, the configuration or a trial on this machine decides. */
  readonly precision?: Precision;
}

/** What EMBEDDING_MODEL and `buildIndex(model:)` describe. */
export interface ModelSpec {
  /** If there are several, their features are concatenated. */
  readonly networks: readonly NetworkSpec[];
  /** Length to which a projection fitted on the dataset shortens the vectors. If omitted, there is no projection. */
  readonly dimension?: number;
  /** Whether the projection may learn from the labels of the dataset, if that helps. */
  readonly labels?: true;
}

/** Specs with a name of their own. */
export const NAMED_SPECS: Readonly<Record<string, string>> = {
  fast: 'efficientnet-lite0@128:labels',
  best: 'efficientnet-lite0+efficientnet-lite2@128:labels',
};

const MOST_NETWORKS = 3;
const LARGEST_DIMENSION = 4096;
/** Learning from labels takes matrices of this size apart several times. */
const LARGEST_LEARNT = 512;
const LABELS = 'labels';
const NETWORK = /^(?<id>[a-z0-9][a-z0-9.-]{0,63})(?::(?<precision>\w+))?$/;

/**
 * Reads a model spec:
 *
 *     spec    = ( name [ "@" N ] ) | ( network { "+" network } [ "@" N [ ":labels" ] ] )
 *     name    = "fast" | "best"
 *     network = id [ ":" ( "int8" | "float32" ) ]
 *
 * `a+b` concatenates the unit features of both and scales them to unit length. `@N` centres them on the
 * dataset's mean, projects them to N numbers and scales them to unit length again. With `:labels`, the projection
 * learns from the labels of the dataset if that is shown to help; the names do so up to 512 numbers.
 *
 * Throws `MODEL_SPEC_INVALID`. Whether the networks exist is for the catalogue to say.
 */
export function parseModelSpec(text: string): ModelSpec {
  const fail = (problem: string) => modelSpecInvalid(text, problem, Object.keys(NAMED_SPECS));
  const trimmed = text.trim();
  const [before = '', ...after] = trimmed.split('@');
  if (after.length > 1) throw fail('it contains more than one "@"');
  const named = Object.hasOwn(NAMED_SPECS, before) ? NAMED_SPECS[before] : undefined;
  const [networksPart = '', namedProjection] = named?.split('@') ?? [before];
  const [namedDimension, namedLearning] = namedProjection?.split(':') ?? [];

  const networks = networksPart.split('+').map((part): NetworkSpec => {
    const groups = NETWORK.exec(part.trim())?.groups;
    if (groups?.id === undefined) {
      throw fail(
        part.trim() === '' ? 'a network has no name' : `"${part.trim()}" is not a valid name of a network`,
      );
    }
    const { id, precision } = groups;
    if (precision === undefined) return { id };
    const known = PRECISIONS.find((candidate) => candidate === precision);
    if (known === undefined) throw fail(`"${precision}" is not one of ${PRECISIONS.join(', ')}`);
    return { id, precision: known };
  });
  if (networks.length > MOST_NETWORKS) throw fail(`it has more than ${MOST_NETWORKS} networks`);
  const twice = networks.find(({ id }, at) => networks.findIndex((other) => other.id === id) !== at);
  if (twice !== undefined) throw fail(`it contains ${twice.id} twice`);

  const [givenDimension, givenLearning, ...rest] = after[0]?.split(':') ?? [];
  const learning = givenLearning ?? namedLearning;
  if (rest.length > 0 || (learning !== undefined && learning !== LABELS)) {
    throw fail(`the number after "@" may only be followed by ":${LABELS}"`);
  }
  const number = givenDimension ?? namedDimension;
  if (number === undefined) return { networks };
  const dimension = /^[1-9]\d{0,3}$/.test(number) ? Number(number) : NaN;
  if (!(dimension >= 2 && dimension <= LARGEST_DIMENSION)) {
    throw fail(`"@" must be followed by a whole number from 2 to ${LARGEST_DIMENSION}`);
  }
  const isTooLong = dimension > LARGEST_LEARNT;
  if (isTooLong && givenLearning !== undefined) {
    throw fail(`with ":${LABELS}", the number after "@" must not exceed ${LARGEST_LEARNT}`);
  }
  if (learning === undefined || isTooLong) return { networks, dimension };
  return { networks, dimension, labels: true };
}

/** The canonical spelling of a spec, with names spelt out. */
export function formatModelSpec({ networks, dimension, labels }: ModelSpec): string {
  const names = networks.map(({ id, precision }) => (precision === undefined ? id : `${id}:${precision}`));
  const projection = dimension === undefined ? '' : `@${dimension}${labels ? `:${LABELS}` : ''}`;
  return names.join('+') + projection;
}

/** The name, such as `fast`, of a spec that is spelt out; undefined if it has none. */
export function findSpecName(spelt: string): string | undefined {
  return Object.keys(NAMED_SPECS).find((name) => NAMED_SPECS[name] === spelt);
}
