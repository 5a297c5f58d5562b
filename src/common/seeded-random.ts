// Looked up once, as this is called millions of times.
const { imul } = Math;

/**
 * Numbers in [0, 1), the same for the same seed: good enough to draw samples (mulberry32, Tommy
 * Ettinger's 32-bit generator).
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
