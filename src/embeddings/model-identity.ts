import { createHash } from 'node:crypto';
import type { ModelManifest } from './model-manifest.ts';

/** Raised whenever `preprocess` begins to give other pixels for the same picture. */
const PREPROCESSING_VERSION = 1;

/**
 * All that must agree for two embeddings to be comparable. An index is bound to one identity, and
 * a query made under another is refused.
 */
export interface ModelIdentity {
  readonly model: string;
  readonly revision: string;
  readonly precision: string;
  readonly dimension: number;
  /** A digest of the preprocessing and of the model file's sha256. */
  readonly digest: string;
  /** Short, readable and unique, `efficientnet-lite0-int8-1f2e3d4c`: what tables and messages use. */
  readonly key: string;
}

export function modelIdentity(manifest: ModelManifest): ModelIdentity {
  const { id, revision, precision, dimension, sha256, output } = manifest;
  const { resize, crop, mean, std, layout } = manifest.preprocessing;
  const digest = createHash('sha256')
    .update(
      JSON.stringify([PREPROCESSING_VERSION, sha256, output, dimension, resize, crop, mean, std, layout]),
    )
    .digest('hex');
  return {
    model: id,
    revision,
    precision,
    dimension,
    digest,
    key: `${id}-${precision}-${digest.slice(0, 8)}`,
  };
}
