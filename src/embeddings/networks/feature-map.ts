import { explanationUnavailable } from '../embeddings.errors.ts';

/** What the last layer with places gives for one picture. Its mean over all cells is the picture's features. */
export interface FeatureMap {
  readonly rows: number;
  readonly columns: number;
  /** Length of the features. */
  readonly channels: number;
  /** The features of each cell, cell by cell and row by row: rows × columns × channels numbers. */
  readonly cells: Float32Array;
}

/** A larger map says nothing more about a picture, and would take too much memory. */
const MOST_CELLS = 64 * 64;

/** A network that ends at its feature map. */
export interface MappedNetwork {
  readonly id: string;
  /** Length of its features. */
  readonly channels: number;
  /** Whether a map is more likely to be [1, H, W, D] than [1, D, H, W], if its shape fits both. */
  readonly channelsLast: boolean;
}

/**
 * Arranges what a network gives for one picture as a map: [1, D, H, W], [1, H, W, D], or [1, T, D] with tokens in a
 * square. Throws `EXPLANATION_UNAVAILABLE` for any other shape.
 */
export function featureMapOf(
  { id: network, channels, channelsLast }: MappedNetwork,
  numbers: Float32Array,
  shape: readonly number[],
): FeatureMap {
  const [, first = 0, second = 0, third = 0] = shape;
  const isFirst = shape.length === 4 && first === channels;
  const isLast = shape.length === 4 && third === channels;
  if (isLast && (channelsLast || !isFirst)) return arranged(network, numbers, first, second, channels);
  if (isFirst) return arranged(network, transposed(numbers, channels), second, third, channels);
  const side = Math.sqrt(first);
  if (shape.length === 3 && second === channels && Number.isInteger(side)) {
    return arranged(network, numbers, side, side, channels);
  }
  throw explanationUnavailable(
    network,
    `its features are not the mean of a map, but of [${shape.join(', ')}]`,
  );
}

/** The mean of all cells, summed in double precision. */
export function meanOfMap({ cells, channels }: FeatureMap): Float32Array {
  const sums = new Float64Array(channels);
  for (let at = 0; at < cells.length; at += channels) {
    for (let channel = 0; channel < channels; channel += 1) sums[channel]! += cells[at + channel]!;
  }
  return Float32Array.from(sums, (sum) => (sum * channels) / cells.length);
}

function arranged(
  network: string,
  cells: Float32Array,
  rows: number,
  columns: number,
  channels: number,
): FeatureMap {
  if (rows * columns > MOST_CELLS) {
    throw explanationUnavailable(network, `its feature map has more than ${MOST_CELLS} cells`);
  }
  return { rows, columns, channels, cells };
}

/** From one channel after the other to one cell after the other. */
function transposed(numbers: Float32Array, channels: number): Float32Array {
  const count = numbers.length / channels;
  const cells = new Float32Array(numbers.length);
  for (let channel = 0, at = 0; channel < channels; channel += 1) {
    for (let cell = 0; cell < count; cell += 1, at += 1) cells[cell * channels + channel] = numbers[at]!;
  }
  return cells;
}
