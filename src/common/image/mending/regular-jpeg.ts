/** A JPEG as the standard wants it, and what had to be changed. */
export interface RegularJpeg {
  /** The given bytes if nothing had to be changed. */
  readonly bytes: Uint8Array;
  /** Whether there was junk between segments, or a scan said of itself what cannot be. */
  readonly irregular: boolean;
  /** Whether the marker at the end is missing. */
  readonly endMissing: boolean;
  /** What the scans bring together. */
  readonly detail: Detail;
  /** What they bring without the last one, which may be cut off. */
  readonly detailBeforeLast: Detail;
}

/** Every component in full; an approximation that is fit to look at; less than that. */
type Detail = 'full' | 'rough' | 'poor';

interface Frame {
  readonly isProgressive: boolean;
  readonly components: readonly number[];
  /** For each component, how far each of its 64 coefficients is known: to this bit, or not at all (undefined). */
  readonly known: (number | undefined)[][];
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const COEFFICIENTS = 64;

/** Markers that begin a segment with a length. */
const beginsSegment = (marker: number) =>
  (marker >= 0xc0 && marker <= 0xcf) || (marker >= 0xda && marker <= 0xef) || marker === 0xfe;
/** Start of frame: C0 to CF, except DHT (C4), JPG (C8) and DAC (CC). */
const beginsFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
/** Within a scan: a byte FF of the data, or a restart. */
const belongsToScan = (next: number) => next === 0x00 || (next >= 0xd0 && next <= 0xd7);

/**
 * Leaves out what lies between segments, corrects the parameters of scans that a camera has written as zeros, and ends
 * the file with its marker. Everything after that marker is left out too. The compressed data stay as they are.
 * (ITU-T T.81, B)
 *
 * Undefined if there is no frame or no scan.
 */
export function regularJpeg(bytes: Uint8Array): RegularJpeg | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: Buffer[] = [Buffer.from([0xff, SOI])];
  let frame: Frame | undefined;
  let scans = 0;
  let detailBeforeLast: Detail = 'poor';
  let irregular = false;
  let endMissing = true;
  for (let at = 2; ;) {
    const marker = nextMarker(file, at);
    if (marker === undefined) break;
    if (marker > at && !isFill(file.subarray(at, marker))) irregular = true;
    const code = file[marker + 1]!;
    if (code === EOI) {
      endMissing = false;
      break;
    }
    if (!beginsSegment(code)) {
      at = marker + 2;
      continue;
    }
    const length = marker + 4 <= file.length ? file.readUInt16BE(marker + 2) : 0;
    const end = marker + 2 + length;
    if (length < 2 || end > file.length) break;
    const segment = Buffer.from(file.subarray(marker, end));
    at = end;
    if (beginsFrame(code)) frame ??= frameOf(code, segment);
    if (code === SOS && frame !== undefined) {
      if (correctScan(segment, frame)) irregular = true;
      detailBeforeLast = detailOf(frame);
      noteScan(segment, frame);
      scans += 1;
      at = endOfScan(file, end);
    }
    parts.push(segment, file.subarray(end, at));
  }
  if (frame === undefined || scans === 0) return undefined;
  parts.push(Buffer.from([0xff, EOI]));
  return {
    bytes: irregular || endMissing ? Buffer.concat(parts) : bytes,
    irregular,
    endMissing,
    detail: detailOf(frame),
    detailBeforeLast,
  };
}

/** The position of the next marker that may stand between segments; undefined if there is none. */
function nextMarker(file: Buffer, from: number): number | undefined {
  for (let at = file.indexOf(0xff, from); at >= 0 && at + 1 < file.length; at = file.indexOf(0xff, at + 1)) {
    const code = file[at + 1]!;
    if (beginsSegment(code) || code === EOI || code === SOI || code === 0x01) return at;
  }
  return undefined;
}

/** Bytes of FF before a marker are allowed. */
function isFill(between: Buffer): boolean {
  return between.every((byte) => byte === 0xff);
}

function endOfScan(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at >= 0 && at + 1 < file.length; at = file.indexOf(0xff, at + 1)) {
    const next = file[at + 1]!;
    if (!belongsToScan(next) && next !== 0xff) return at;
  }
  return file.length;
}

function frameOf(code: number, segment: Buffer): Frame | undefined {
  const count = segment[9] ?? 0;
  if (count === 0 || segment.length < 10 + 3 * count) return undefined;
  const components = Array.from({ length: count }, (_, at) => segment[10 + 3 * at]!);
  return {
    isProgressive: code === 0xc2 || code === 0xca,
    components,
    known: components.map(() => new Array<number | undefined>(COEFFICIENTS).fill(undefined)),
  };
}

/** In a sequential JPEG a scan covers all coefficients, whatever it says. Returns whether it said something else. */
function correctScan(segment: Buffer, frame: Frame): boolean {
  const at = segment.length - 3;
  const isUsual = segment.length === 8 + 2 * (segment[4] ?? 0);
  if (frame.isProgressive || !isUsual) return false;
  if (segment[at] === 0 && segment[at + 1] === COEFFICIENTS - 1 && segment[at + 2] === 0) return false;
  segment.set([0, COEFFICIENTS - 1, 0], at);
  return true;
}

function noteScan(segment: Buffer, { components, known }: Frame): void {
  const count = segment[4] ?? 0;
  const at = 5 + 2 * count;
  const [first = 0, last = COEFFICIENTS - 1, bits = 0] = segment.subarray(at, at + 3);
  for (let number = 0; number < count; number += 1) {
    const component = known[components.indexOf(segment[5 + 2 * number]!)];
    component?.fill(bits & 0x0f, first, Math.min(last + 1, COEFFICIENTS));
  }
}

function detailOf({ known }: Frame): Detail {
  if (known.every((component) => component.every((bit) => bit === 0))) return 'full';
  const hasColours = known.every(([dc]) => dc !== undefined);
  // The first scan of details brings the lowest frequencies of the brightness.
  return hasColours && known[0]?.[1] !== undefined ? 'rough' : 'poor';
}
