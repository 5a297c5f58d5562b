/** Boxes of an ISO media file that hold others, with the bytes before the first of them. */
const CONTAINERS: Readonly<Record<string, number>> = { meta: 4, iprp: 0, ipco: 0 };

export interface DeclaredSize {
  readonly width: number;
  readonly height: number;
}

/** The size of the largest picture that a HEIC declares, in pixels; undefined if it declares none. (ISO 23008-12) */
export function largestDeclaredSize(bytes: Uint8Array): DeclaredSize | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let largest: DeclaredSize | undefined;
  const visit = (from: number, to: number): void => {
    for (let at = from; at + 8 <= to;) {
      const size = file.readUInt32BE(at);
      const type = file.toString('latin1', at + 4, at + 8);
      const end = size === 0 ? to : at + size;
      if (end < at + 8 || end > to) return;
      if (type === 'ispe' && end >= at + 20) {
        const declared = { width: file.readUInt32BE(at + 12), height: file.readUInt32BE(at + 16) };
        if (largest === undefined || pixelsOf(declared) > pixelsOf(largest)) largest = declared;
      }
      const skipped = CONTAINERS[type];
      if (skipped !== undefined) visit(at + 8 + skipped, end);
      at = end;
    }
  };
  visit(0, file.length);
  return largest;
}

export function pixelsOf({ width, height }: DeclaredSize): number {
  return width * height;
}
