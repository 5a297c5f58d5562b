/** So many significant digits tell all single-precision numbers apart. */
const DIGITS = 9;
/** Powers of ten up to here are exact in double precision. */
const LARGEST_POWER = 22;

/** Sizes from 0.1 downwards, and what brings nine digits of such a number before its point. */
const SIZES = Array.from({ length: LARGEST_POWER - DIGITS + 1 }, (_, step) => Number(`1e${-step - 1}`));
const SCALES = SIZES.map((_, step) => Number(`1e${step + DIGITS}`));

/**
 * The decimals of nine digits that stand for the same single-precision numbers. As JSON they are a
 * third shorter than those numbers in double precision, and written and read sooner.
 */
export function shortDecimals(vector: Float32Array): number[] {
  const decimals = new Array<number>(vector.length);
  for (let axis = 0; axis < vector.length; axis += 1) decimals[axis] = shortDecimal(vector[axis]!);
  return decimals;
}

/** Of numbers below 1 in size; others are returned as they are. */
function shortDecimal(value: number): number {
  const size = Math.abs(value);
  if (size === 0 || size >= 1) return value;
  for (let step = 0; step < SIZES.length; step += 1) {
    const scale = SCALES[step]!;
    if (size >= SIZES[step]!) return Math.round(value * scale) / scale;
  }
  return value;
}
