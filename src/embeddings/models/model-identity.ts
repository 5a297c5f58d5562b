import { createHash } from 'node:crypto';
import type { ModelFormat, ModelManifest, Precision } from '../catalogue/model-manifest.ts';

/** Raised whenever `preprocess` begins to give other pixels for the same picture. */
const PREPROCESSING_VERSION = 1;
/** Raised whenever features of several networks are put together in another way. */
const COMPOSITION_VERSION = 1;
const LONGEST_NAME = 60;

/** All that must agree for the features of two pictures under one network to be comparable. */
export interface NetworkIdentity {
  /** `id` in the manifest. */
  readonly model: string;
  readonly revision: string;
  readonly precision: Precision;
  readonly format: ModelFormat;
  readonly dimension: number;
  /** Of the preprocessing and of the model file's sha256. */
  readonly digest: string;
  /** Short, readable and unique, `efficientnet-lite0-int8-1f2e3d4c`: under which vectors are kept. */
  readonly key: string;
}

/**
 * All that must agree for two embeddings to be comparable. An index is bound to one identity, and
 * queries on it are embedded under that one.
 */
export interface ModelIdentity {
  /** The spec without precisions: `efficientnet-lite0`, `a+b@128`. */
  readonly model: string;
  readonly revision: string;
  /** Of all networks, or of each: `int8`, `int8+float32`. */
  readonly precision: string;
  /** Numbers in a vector, after the projection where there is one. */
  readonly dimension: number;
  readonly digest: string;
  /** Short, readable and unique; of a-z, 0-9, "." and "-": what names of indexes and messages use. */
  readonly key: string;
  readonly networks: readonly NetworkIdentity[];
  /** The fit by which vectors are shortened; another fit makes another identity. */
  readonly projection?: { readonly digest: string; readonly version: number };
}

export function networkIdentity(manifest: ModelManifest): NetworkIdentity {
  const { id, revision, precision, format, dimension, sha256, output } = manifest;
  const { resize, crop, mean, std, layout } = manifest.preprocessing;
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
  ]);
  const kind = format === 'onnx' ? precision : `${format}-${precision}`;
  const key = `${id}-${kind}-${digest.slice(0, 8)}`;
  return { model: id, revision, precision, format, dimension, digest, key };
}

/** Of one network or several side by side, projected or not. */
export function modelIdentity(
  networks: readonly NetworkIdentity[],
  projection?: { readonly digest: string; readonly version: number; readonly dimension: number },
): ModelIdentity {
  const ids = networks.map(({ model }) => model);
  const precisions = networks.map(({ precision }) => precision);
  const precision = new Set(precisions).size === 1 ? precisions[0]! : precisions.join('+');
  const dimension = projection?.dimension ?? networks.reduce((sum, network) => sum + network.dimension, 0);
  const common = {
    model: ids.join('+') + (projection === undefined ? '' : `@${dimension}`),
    revision: networks.map(({ revision }) => revision).join('+'),
    precision,
    dimension,
    networks,
  };
  const [only] = networks;
  if (networks.length === 1 && only !== undefined && projection === undefined) {
    // As it was before there were composites, so that indexes of then are found.
    return { ...common, digest: only.digest, key: only.key };
  }
  const digests = networks.map((network) => network.digest);
  const digest = digestOf([COMPOSITION_VERSION, digests, projection?.digest ?? null]);
  const name = [...ids, ...new Set(precisions)].join('-').slice(0, LONGEST_NAME);
  const key = `${name}-${dimension}-${digest.slice(0, 8)}`;
  if (projection === undefined) return { ...common, digest, key };
  return { ...common, digest, key, projection: { digest: projection.digest, version: projection.version } };
}

/** From the JSON that was stored with an index, also by versions that knew single ONNX networks only. */
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
