/** Nine significant digits distinguish all single-precision numbers. */
const DIGITS = 9;
/** The largest exponent for which a power of ten is exact in double precision. */
const LARGEST_POWER = 22;

/** 0.1 and smaller powers of ten, and for each the factor that moves nine digits before the decimal point. */
const SIZES = Array.from({ length: LARGEST_POWER - DIGITS + 1 }, (_, step) => Number(`1e${-step - 1}`));
const SCALES = SIZES.map((_, step) => Number(`1e${step + DIGITS}`));

/**
 * Rounds numbers to nine digits, which still denote the same single-precision numbers. As JSON they are a third shorter
 * than with the digits of double precision, and faster to write and read.
 */
export function shortDecimals(vector: Float32Array): number[] {
  const decimals = new Array<number>(vector.length);
  for (let axis = 0; axis < vector.length; axis += 1) decimals[axis] = shortDecimal(vector[axis]!);
  return decimals;
}

/** Rounds a number whose absolute value is below 1. Other numbers are returned unchanged. */
function shortDecimal(value: number): number {
  const size = Math.abs(value);
  if (size === 0 || size >= 1) return value;
  for (let step = 0; step < SIZES.length; step += 1) {
    const scale = SCALES[step]!;
    if (size >= SIZES[step]!) return Math.round(value * scale) / scale;
  }
  return value;
}
