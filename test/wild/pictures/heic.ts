import { box, fullBox, text, u16, u32, u8 } from './boxes.ts';
import { BLOCK, plainHevc, type Colour, type PlainHevc } from './plain-hevc.ts';

export interface HeicPhoto {
  /** Of a tile, in blocks of 16 × 16 pixels. */
  readonly columns: number;
  readonly rows: number;
  /** Tiles in each direction, as phones divide their photos. */
  readonly across: number;
  readonly down: number;
  /** Quarter turns anticlockwise that a viewer has to apply. */
  readonly turns?: 0 | 1 | 2 | 3;
  /** What EXIF says of it, 1 to 8. Cameras write both; viewers go by the turns. */
  readonly orientation?: number;
  /** An ICC profile. */
  readonly profile?: Buffer;
  /** Of a block, by its position in the whole photo. */
  readonly colour: (column: number, row: number) => Colour;
}

const GRID = 1;

/** A photo as phones write it: tiles of HEVC, put together and turned by the viewer. (ISO 23008-12) */
export function heic(photo: HeicPhoto): Buffer {
  const { columns, rows, across, down, turns = 0, colour, orientation, profile } = photo;
  const tiles = Array.from({ length: across * down }, (_, tile) =>
    plainHevc(columns, rows, (column, row) =>
      colour((tile % across) * columns + column, Math.floor(tile / across) * rows + row),
    ),
  );
  const whole = [columns * across * BLOCK, rows * down * BLOCK] as const;
  const grid = Buffer.concat([u8(0, 0, down - 1, across - 1), u16(...whole)]);
  const notes = orientation === undefined ? [] : [exif(orientation)];
  const items = [grid, ...tiles.map(({ slice }) => Buffer.concat([u32(slice.length), slice])), ...notes];
  const ids = tiles.map((_, tile) => GRID + 1 + tile);
  const noteIds = notes.map(() => GRID + 1 + tiles.length);
  const head = box('ftyp', text('heic'), u32(0), text('mif1heic'));
  const metaAt = (offset: number) =>
    fullBox(
      'meta',
      0,
      0,
      fullBox('hdlr', 0, 0, u32(0), text('pict'), u32(0, 0, 0), u8(0)),
      fullBox('pitm', 0, 0, u16(GRID)),
      locations(items, offset),
      fullBox(
        'iinf',
        0,
        0,
        u16(items.length),
        item(GRID, 'grid', 0),
        ...ids.map((id) => item(id, 'hvc1', 1)),
        ...noteIds.map((id) => item(id, 'Exif', 1)),
      ),
      fullBox(
        'iref',
        0,
        0,
        box('dimg', u16(GRID, ids.length, ...ids)),
        ...noteIds.map((id) => box('cdsc', u16(id, 1, GRID))),
      ),
      box(
        'iprp',
        box(
          'ipco',
          box('hvcC', configuration(tiles[0]!)),
          fullBox('ispe', 0, 0, u32(columns * BLOCK, rows * BLOCK)),
          fullBox('ispe', 0, 0, u32(...whole)),
          box('irot', u8(turns)),
          ...(profile === undefined ? [] : [box('colr', text('prof'), profile)]),
        ),
        fullBox(
          'ipma',
          0,
          0,
          u32(1 + ids.length),
          ...[u16(GRID), profile === undefined ? u8(2, 3, 0x80 | 4) : u8(3, 3, 0x80 | 4, 5)],
          // The first one is essential.
          ...ids.map((id) => Buffer.concat([u16(id), u8(2, 0x80 | 1, 2)])),
        ),
      ),
    );
  const start = head.length + metaAt(0).length + 8;
  return Buffer.concat([head, metaAt(start), box('mdat', ...items)]);
}

/** EXIF with nothing but an orientation, as an item of a HEIC has it. */
function exif(orientation: number): Buffer {
  const entry = Buffer.concat([u16(0x0112, 3), u32(1), u16(orientation, 0)]);
  return Buffer.concat([u32(0), text('MM'), u16(42), u32(8), u16(1), entry, u32(0)]);
}

function item(id: number, type: string, flags: number): Buffer {
  return fullBox('infe', 2, flags, u16(id, 0), text(`${type}\0`));
}

function locations(items: readonly Buffer[], start: number): Buffer {
  let offset = start;
  const entries = items.map((bytes, at) => {
    const entry = Buffer.concat([u16(GRID + at, 0, 1), u32(offset, bytes.length)]);
    offset += bytes.length;
    return entry;
  });
  return fullBox('iloc', 0, 0, u8(0x44, 0), u16(items.length), ...entries);
}

/** What a decoder has to know before the first picture. */
function configuration({ vps, sps, pps }: PlainHevc): Buffer {
  const parameters = [vps, sps, pps].map((unit, at) =>
    Buffer.concat([u8(0x80 | (32 + at)), u16(1, unit.length), unit]),
  );
  return Buffer.concat([
    u8(1, 3),
    u32(0x70000000),
    u8(0x90, 0, 0, 0, 0, 0, 180),
    u16(0xf000),
    u8(0xfc, 0xfd, 0xf8, 0xf8),
    u16(0),
    u8(0x0f, parameters.length),
    ...parameters,
  ]);
}
