/** The images of a dataset as points in the plane, in columns. */
export interface MapPoints {
  readonly count: number;
  /** The numbers in ids such as `Image:12`. */
  readonly ids: Uint32Array;
  /** Between -1 and 1, with the proportions of the map. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** The index of a label in `labels`, or `NO_LABEL`. */
  readonly labelOf: Uint16Array;
  readonly labels: readonly MapLabel[];
}

export interface MapLabel {
  readonly key: string;
  readonly name: string;
}

export const NO_LABEL = 0xffff;

const HEADER_BYTES = 4;
const POINT_BYTES = 4 + 4 + 4 + 2;

/**
 * Reads the file of a map: little-endian, the number of points (Uint32), then all ids (Uint32), all x and all y
 * (Float32), all label indexes (Uint16, 65535 for none), and the labels as JSON. Throws if the file is damaged.
 */
export function readMapPoints(file: ArrayBuffer): MapPoints {
  if (file.byteLength < HEADER_BYTES) throw damaged();
  const count = new DataView(file).getUint32(0, true);
  const end = HEADER_BYTES + count * POINT_BYTES;
  if (file.byteLength < end) throw damaged();
  const column = <Column>(
    Type: new (buffer: ArrayBuffer, offset: number, length: number) => Column,
    at: number,
  ) => new Type(file, HEADER_BYTES + at * count, count);
  const labels = readLabels(file.slice(end));
  return {
    count,
    ids: column(Uint32Array, 0),
    ...fitted(column(Float32Array, 4), column(Float32Array, 8)),
    labelOf: column(Uint16Array, 12).map((label) => (label < labels.length ? label : NO_LABEL)),
    labels,
  };
}

function readLabels(text: ArrayBuffer): MapLabel[] {
  try {
    return JSON.parse(new TextDecoder().decode(text)) as MapLabel[];
  } catch {
    throw damaged();
  }
}

/** Moves the map into the middle and scales it to between -1 and 1. */
function fitted(x: Float32Array, y: Float32Array): { x: Float32Array; y: Float32Array } {
  const [across, down] = [rangeOf(x), rangeOf(y)];
  const half = Math.max(across.size, down.size, Number.EPSILON) / 2;
  return {
    x: x.map((value) => (value - across.middle) / half),
    y: y.map((value) => (value - down.middle) / half),
  };
}

function rangeOf(values: Float32Array): { middle: number; size: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return { middle: 0, size: 0 };
  return { middle: (low + high) / 2, size: high - low };
}

function damaged(): Error {
  return Object.assign(new Error('The file of the map is incomplete. Build the map again.'), {
    code: 'MAP_DAMAGED',
    title: 'This map cannot be read',
  });
}
