import { instantiate, type WalkFunctions } from './walk-module.ts';

// Only erasable TypeScript: worker threads run this file from source.

const PAGE_BYTES = 65_536;
/** The largest memory that 32 bits can address. */
const MOST_BYTES = 65_535 * PAGE_BYTES;
/** Every area begins with a line of the processor's cache. */
const ALIGNMENT = 64;

/** How much of a file is read at a time. */
export const STAGING_BYTES = 1 << 20;
/** The maximum number of hits of a search. */
export const MOST_HITS = 65_536;
/** More rows than this are never waiting in one walk. */
const MOST_OPEN = 262_144;
/** At most how many rows are gathered. */
const MOST_GATHERED = 524_288;
/** Rows that are compared at once, with some room to spare. */
const BATCH_ROWS = 128;

/** What the memory must have room for. */
export interface GraphShape {
  readonly rows: number;
  /** The number of numbers of a vector. */
  readonly dimension: number;
  /** How many neighbours a row can have at level 0. */
  readonly baseLinks: number;
  /** How many neighbours a row can have at each higher level. */
  readonly upperLinks: number;
  /** The number of lists of the higher levels together. */
  readonly upperLists: number;
}

/** The addresses of the areas, in bytes. */
export interface Areas {
  readonly staging: number;
  readonly keys: number;
  readonly factors: number;
  readonly padded: number;
  readonly query: number;
  readonly batch: number;
  readonly scores: number;
  readonly hits: number;
  readonly open: number;
  readonly marks: number;
  readonly visited: number;
  readonly codes: number;
  readonly links: number;
  readonly places: number;
  readonly upper: number;
  readonly gathered: number;
  readonly gatheredRows: number;
  readonly end: number;
}

/** Ends a list of neighbours that is not full. */
const END = 0xffffffff;

/** The bytes of a code: a multiple of 16. */
export function strideOf(dimension: number): number {
  return 16 * Math.ceil(dimension / 16);
}

interface Plan extends Areas {
  readonly openRoom: number;
  readonly gatherRoom: number;
}

function planOf(shape: GraphShape): Plan {
  // The first page belongs to the module.
  let end = PAGE_BYTES;
  const area = (bytes: number) => {
    const start = ALIGNMENT * Math.ceil(end / ALIGNMENT);
    end = start + bytes;
    return start;
  };
  const stride = strideOf(shape.dimension);
  const markBytes = 4 * Math.ceil(shape.rows / 32);
  const openRoom = Math.min(shape.rows, MOST_OPEN);
  const gatherRoom = Math.min(shape.rows, MOST_GATHERED);
  return {
    staging: area(STAGING_BYTES),
    // A node has at least 14 bytes.
    keys: area(8 * Math.ceil(STAGING_BYTES / 14)),
    factors: area(4 * stride),
    padded: area(4 * stride),
    query: area(2 * stride),
    batch: area(4 * BATCH_ROWS),
    scores: area(4 * BATCH_ROWS),
    hits: area(8 * Math.min(shape.rows, MOST_HITS)),
    open: area(8 * openRoom),
    marks: area(markBytes),
    visited: area(markBytes),
    codes: area(stride * shape.rows),
    links: area(4 * shape.baseLinks * shape.rows),
    places: area(4 * shape.rows),
    upper: area(4 * shape.upperLinks * shape.upperLists),
    gathered: area(stride * gatherRoom),
    gatheredRows: area(4 * gatherRoom),
    end,
    openRoom,
    gatherRoom,
  };
}

/** The memory of one graph, and the functions that work in it. */
export class WalkMemory {
  readonly areas: Areas;
  readonly functions: WalkFunctions;
  /** How many rows can be gathered. */
  readonly gatherRoom: number;
  private readonly bytes: ArrayBuffer;
  private readonly shape: GraphShape;

  /** Throws if the graph does not fit. */
  constructor(shape: GraphShape, entry: number, topLevel: number) {
    const { openRoom, gatherRoom, ...areas } = planOf(shape);
    if (areas.end > MOST_BYTES) throw new Error('its graph does not fit in 4 GB of memory');
    const { functions, bytes } = instantiate(Math.ceil(areas.end / PAGE_BYTES));
    this.shape = shape;
    this.areas = areas;
    this.bytes = bytes;
    this.functions = functions;
    this.gatherRoom = gatherRoom;
    functions.shape(
      shape.rows,
      strideOf(shape.dimension),
      shape.baseLinks,
      shape.upperLinks,
      entry,
      topLevel,
    );
    functions.places(areas.codes, areas.links, areas.places, areas.upper);
    const { query, marks, visited, batch, scores, open, hits } = areas;
    functions.buffers(query, marks, visited, batch, scores, open, openRoom, hits);
  }

  /** The number of links at level 0 that lead to each row, up to 255; if some are marked, only among these. */
  arrivingLinks(marks?: Uint32Array): Uint8Array {
    const { rows, baseLinks } = this.shape;
    const links = this.view(Uint32Array, this.areas.links, rows * baseLinks);
    const arriving = new Uint8Array(rows);
    const counts = (row: number) => marks === undefined || (marks[row >>> 5]! & (1 << (row & 31))) !== 0;
    for (let row = 0; row < rows; row++) {
      if (!counts(row)) continue;
      const from = row * baseLinks;
      for (let at = from; at < from + baseLinks && links[at] !== END; at++) {
        if (arriving[links[at]!]! < 255) arriving[links[at]!]!++;
      }
    }
    for (let row = 0; row < rows; row++) if (!counts(row)) arriving[row] = 0;
    return arriving;
  }

  /** The rows that links of a row lead to at level 0. */
  linksOf(row: number): number[] {
    const { baseLinks } = this.shape;
    const links = [...this.view(Uint32Array, this.areas.links + 4 * baseLinks * row, baseLinks)];
    const end = links.indexOf(END);
    return end < 0 ? links : links.slice(0, end);
  }

  /** A view of the area that begins there. */
  view<View>(
    kind: new (buffer: ArrayBuffer, offset: number, length: number) => View,
    at: number,
    length: number,
  ): View {
    return new kind(this.bytes, at, length);
  }
}
