/** The field of a hit, as the engines write it: a list of numbers, or a list of one such list. */
export interface VectorFields {
  readonly embedding: readonly number[] | readonly (readonly number[])[];
}

export function vectorOf({ embedding }: VectorFields): Float32Array {
  const [first] = embedding;
  return Float32Array.from(Array.isArray(first) ? (first as number[]) : (embedding as number[]));
}
