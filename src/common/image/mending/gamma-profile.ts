/** The primaries of sRGB as XYZ for a white of D50, and that white. */
const PRIMARIES = {
  rXYZ: [0.4361, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7142],
} as const;
const WHITE = [0.9642, 1, 0.8249] as const;
const HEADER_BYTES = 128;
const ENTRY_BYTES = 12;

/** An ICC profile (version 2.1) with the primaries of sRGB and this gamma, such as 2.2 or 1. */
export function gammaProfile(gamma: number, kind: 'colour' | 'grey'): Buffer {
  const curve = curveTag(gamma);
  const tags: [string, Buffer][] =
    kind === 'grey'
      ? [['kTRC', curve]]
      : [
          ...Object.entries(PRIMARIES).map(([name, xyz]): [string, Buffer] => [name, xyzTag(xyz)]),
          ['rTRC', curve],
          ['gTRC', curve],
          ['bTRC', curve],
        ];
  tags.push(['wtpt', xyzTag(WHITE)]);
  const table = Buffer.alloc(4 + ENTRY_BYTES * tags.length);
  table.writeUInt32BE(tags.length, 0);
  let offset = HEADER_BYTES + table.length;
  for (const [at, [name, tag]] of tags.entries()) {
    const entry = 4 + ENTRY_BYTES * at;
    table.write(name, entry, 'latin1');
    table.writeUInt32BE(offset, entry + 4);
    table.writeUInt32BE(tag.length, entry + 8);
    offset += tag.length;
  }
  return Buffer.concat([headerOf(offset, kind), table, ...tags.map(([, tag]) => tag)]);
}

function headerOf(size: number, kind: 'colour' | 'grey'): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(0x02100000, 8);
  header.write(kind === 'grey' ? 'mntrGRAYXYZ ' : 'mntrRGB XYZ ', 12, 'latin1');
  header.write('acsp', 36, 'latin1');
  for (const [at, value] of WHITE.entries()) header.writeInt32BE(fixed(value), 68 + 4 * at);
  return header;
}

function xyzTag(xyz: readonly [number, number, number]): Buffer {
  const tag = Buffer.alloc(20);
  tag.write('XYZ ', 0, 'latin1');
  for (const [at, value] of xyz.entries()) tag.writeInt32BE(fixed(value), 8 + 4 * at);
  return tag;
}

/** Padded to a multiple of four bytes. */
function curveTag(gamma: number): Buffer {
  const tag = Buffer.alloc(16);
  tag.write('curv', 0, 'latin1');
  tag.writeUInt32BE(1, 8);
  tag.writeUInt16BE(Math.min(0xffff, Math.round(gamma * 256)), 12);
  return tag;
}

/** With 16 bits after the point. */
function fixed(value: number): number {
  return Math.round(value * 0x10000);
}
