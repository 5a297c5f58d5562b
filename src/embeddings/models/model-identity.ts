import { createHash } from 'node:crypto';
import type { ModelFormat, ModelManifest, Precision } from '../catalogue/model-manifest.ts';
import { formatModelSpec, parseModelSpec } from './model-spec.ts';

/** To be raised whenever `preprocess` starts to give different pixels for the same picture. */
const PREPROCESSING_VERSION = 1;
/** To be raised whenever the features of several networks are combined differently. */
const COMPOSITION_VERSION = 1;
const LONGEST_NAME = 60;

/** Everything that must be equal for the features of two pictures to be comparable. */
export interface NetworkIdentity {
  /** `id` in the manifest. */
  readonly model: string;
  readonly revision: string;
  readonly precision: Precision;
  readonly format: ModelFormat;
  readonly dimension: number;
  /** Covers the preprocessing and the SHA-256 of the model file. */
  readonly digest: string;
  /** Short, readable and unique, such as `efficientnet-lite0-int8-1f2e3d4c`. Vectors are stored under it. */
  readonly key: string;
}

/**
 * Everything that must be equal for two embeddings to be comparable. An index is bound to one identity,
 * and its queries are embedded with the same model.
 */
export interface ModelIdentity {
  /** What was asked for: the spec without precisions, such as `efficientnet-lite0`, `a+b@128` or `a@128:labels`. */
  readonly model: string;
  readonly revision: string;
  /** `int8` if all networks have the same, otherwise that of each: `int8+float32`. */
  readonly precision: string;
  /** Length of a vector, after the projection if there is one. */
  readonly dimension: number;
  readonly digest: string;
  /** Short, readable and unique; consists of a-z, 0-9, "." and "-". Used in messages and names of indexes. */
  readonly key: string;
  readonly networks: readonly NetworkIdentity[];
  /** The fit that shortens the vectors; a different fit makes a different identity. */
  readonly projection?: { readonly digest: string; readonly version: number };
}

const known = new WeakMap<ModelManifest, NetworkIdentity>();

export function networkIdentity(manifest: ModelManifest): NetworkIdentity {
  const identity = known.get(manifest) ?? computeIdentity(manifest);
  known.set(manifest, identity);
  return identity;
}

function computeIdentity(manifest: ModelManifest): NetworkIdentity {
  const { id, revision, precision, format, dimension, sha256, output } = manifest;
  const { resize, crop, mean, std, layout, fit = 'crop', interpolation = 'bicubic' } = manifest.preprocessing;
  const digest = digestOf([
    PREPROCESSING_VERSION,
    sha256,
    output,
    dimension,
    resize,
    crop,
    mean,
    std,
    layout,
    // What is usual is left out, so that the identities of older indexes remain the same.
    ...(fit === 'crop' ? [] : [{ fit }]),
    ...(interpolation === 'bicubic' ? [] : [{ interpolation }]),
  ]);
  const kind = format === 'onnx' ? precision : `${format}-${precision}`;
  const key = `${id}-${kind}-${digest.slice(0, 8)}`;
  return { model: id, revision, precision, format, dimension, digest, key };
}

/**
 * The identity of one network or of several side by side, with or without a projection. Only the name says whether the
 * projection was meant to learn from labels: the digest covers the fit, and equal fits give equal vectors.
 */
export function modelIdentity(
  networks: readonly NetworkIdentity[],
  projection?: { readonly digest: string; readonly version: number; readonly dimension: number },
  labels?: true,
): ModelIdentity {
  const ids = networks.map(({ model }) => model);
  const precisions = networks.map(({ precision }) => precision);
  const precision = new Set(precisions).size === 1 ? precisions[0]! : precisions.join('+');
  const dimension = projection?.dimension ?? networks.reduce((sum, network) => sum + network.dimension, 0);
  const common = {
    model: formatModelSpec({
      networks: ids.map((id) => ({ id })),
      ...(projection === undefined ? {} : { dimension, labels }),
    }),
    revision: networks.map(({ revision }) => revision).join('+'),
    precision,
    dimension,
    networks,
  };
  const [only] = networks;
  if (networks.length === 1 && only !== undefined && projection === undefined) {
    // Unchanged since before composite models existed, so that older indexes remain usable.
    return { ...common, digest: only.digest, key: only.key };
  }
  const digests = networks.map((network) => network.digest);
  const digest = digestOf([COMPOSITION_VERSION, digests, projection?.digest ?? null]);
  const name = [...ids, ...new Set(precisions)].join('-').slice(0, LONGEST_NAME);
  const key = `${name}-${dimension}-${digest.slice(0, 8)}`;
  if (projection === undefined) return { ...common, digest, key };
  return { ...common, digest, key, projection: { digest: projection.digest, version: projection.version } };
}

/** Whether the model was asked to learn its projection from labels, if that helps. */
export function asksForLabels({ model, projection }: ModelIdentity): true | undefined {
  return projection === undefined ? undefined : parseModelSpec(model).labels;
}

/** Reads the JSON stored with an index, including that of versions that only knew single ONNX networks. */
export function modelIdentityFromJson(json: string): ModelIdentity {
  const stored = JSON.parse(json) as ModelIdentity | Omit<ModelIdentity, 'networks'>;
  if ('networks' in stored) return stored;
  const { model, revision, dimension, digest, key } = stored;
  const precision = stored.precision as Precision;
  return { ...stored, networks: [{ model, revision, precision, format: 'onnx', dimension, digest, key }] };
}

function digestOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
