import { embeddingInvalid } from '../embeddings.errors.ts';

/**
 * Scales features to unit length, which is computed in double precision.
 *
 * Throws `EMBEDDING_INVALID` if they have no direction: NaN, infinity or only zeros.
 */
export function unitVector(features: Float32Array): Float32Array {
  let squares = 0;
  for (const feature of features) squares += feature * feature;
  if (!Number.isFinite(squares) || squares === 0) throw embeddingInvalid();
  const scale = 1 / Math.sqrt(squares);
  return features.map((feature) => feature * scale);
}
