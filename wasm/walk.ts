// AssemblyScript. `npm run build:wasm` compiles it into src/search/vector-index/embedded/walk/walk-code.ts.
//
// Searches a graph of vectors (HNSW) in memory. A row is the place of a vector. Each row has a code, `stride` integers
// of 8 bits, and at level 0 a list of `baseLinks` neighbours; rows of higher levels have a list of `upperLinks`
// neighbours for each of these. Lists that are not full end with END.
//
// The similarity of a query and a row is the dot product of the query's integers, of 16 bits, and those of the code. A hit
// is a similarity in the upper half of 64 bits and the complement of the row in the lower half, so that of two hits
// the better one is the greater number, and of equally similar ones that with the lower row.

const END: u32 = 0xffffffff;
/** How many rows are compared at once. */
const BATCH: u32 = 64;
/** The orders of heaps. */
const BEST_FIRST = true;
const WORST_FIRST = false;

let count: u32 = 0;
let stride: u32 = 0;
let baseLinks: u32 = 0;
let upperLinks: u32 = 0;
let entry: u32 = 0;
let topLevel: u32 = 0;

let codesAt: usize = 0;
let linksAt: usize = 0;
/** For each row, one more than the number of its first upper list; 0 if it has none. */
let placesAt: usize = 0;
let upperAt: usize = 0;
let queryAt: usize = 0;
let marksAt: usize = 0;
let visitedAt: usize = 0;
let batchAt: usize = 0;
let scoresAt: usize = 0;
let openAt: usize = 0;
let openRoom: u32 = 0;
let hitsAt: usize = 0;

/** How many hits are waiting to be expanded: a heap, the best first. */
let open: u32 = 0;
/** How many hits have been found: a heap, the worst first. */
let hits: u32 = 0;
/** How many links the last walk among marked rows has looked at, and how many of them lead to marked rows. */
let linksSeen: u32 = 0;
let linksMarked: u32 = 0;
/** How many upper lists have been read. */
let lists: u32 = 0;

export function shape(rows: u32, bytes: u32, base: u32, upper: u32, first: u32, level: u32): void {
  count = rows;
  stride = bytes;
  baseLinks = base;
  upperLinks = upper;
  entry = first;
  topLevel = level;
  lists = 0;
}

export function places(codes: usize, links: usize, places: usize, upper: usize): void {
  codesAt = codes;
  linksAt = links;
  placesAt = places;
  upperAt = upper;
}

export function buffers(
  query: usize,
  marks: usize,
  visited: usize,
  batch: usize,
  scores: usize,
  waiting: usize,
  room: u32,
  found: usize,
): void {
  queryAt = query;
  marksAt = marks;
  visitedAt = visited;
  batchAt = batch;
  scoresAt = scores;
  openAt = waiting;
  openRoom = room;
  hitsAt = found;
}

/**
 * Turns vectors in half precision into codes: each is scaled to unit length, and each number multiplied by its axis' factor
 * and rounded. `padded` has room for one vector, its numbers in single precision.
 */
export function encode(from: usize, vectors: u32, first: u32, dimension: u32, factors: usize, padded: usize): void {
  const room: u32 = 4 * stride;
  memory.fill(padded, 0, room);
  for (let at: u32 = 0; at < vectors; at++) {
    const source = from + at * 2 * dimension;
    let axis: u32 = 0;
    for (; axis + 8 <= dimension; axis += 8) {
      const halves = v128.load(source + 2 * axis);
      v128.store(padded + 4 * axis, fromHalves(i32x4.extend_low_i16x8_u(halves)));
      v128.store(padded + 4 * axis, fromHalves(i32x4.extend_high_i16x8_u(halves)), 16);
    }
    for (; axis < dimension; axis++) {
      const half = i32x4.splat(<i32>load<u16>(source + 2 * axis));
      store<f32>(padded + 4 * axis, f32x4.extract_lane(fromHalves(half), 0));
    }
    let squares = f32x4.splat(0);
    for (let byte: u32 = 0; byte < room; byte += 16) {
      const numbers = v128.load(padded + byte);
      squares = f32x4.add(squares, f32x4.mul(numbers, numbers));
    }
    const square =
      f32x4.extract_lane(squares, 0) +
      f32x4.extract_lane(squares, 1) +
      f32x4.extract_lane(squares, 2) +
      f32x4.extract_lane(squares, 3);
    const scale = f32x4.splat(square > 0 ? 1 / sqrt<f32>(square) : 0);
    const target = codesAt + (first + at) * stride;
    for (axis = 0; axis < stride; axis += 16) {
      const numbers = padded + 4 * axis;
      const by = factors + 4 * axis;
      const low = i16x8.narrow_i32x4_s(rounded(numbers, by, scale), rounded(numbers + 16, by + 16, scale));
      const high = i16x8.narrow_i32x4_s(rounded(numbers + 32, by + 32, scale), rounded(numbers + 48, by + 48, scale));
      v128.store(target + axis, i8x16.narrow_i16x8_s(low, high));
    }
  }
}

/** Four numbers of 16 bits, each in 32 bits, in single precision. They must be finite. */
// @ts-ignore: decorator
@inline
function fromHalves(halves: v128): v128 {
  const sign = i32x4.shl(v128.and(halves, i32x4.splat(0x8000)), 16);
  const size = i32x4.shl(v128.and(halves, i32x4.splat(0x7fff)), 13);
  return v128.or(f32x4.mul(size, f32x4.splat(reinterpret<f32>(0x77800000))), sign); // times 2 ** 112
}

// @ts-ignore: decorator
@inline
function rounded(numbers: usize, factors: usize, scale: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(
    f32x4.nearest(f32x4.mul(f32x4.mul(v128.load(numbers), scale), v128.load(factors))),
  );
}

/**
 * Reads the nodes of a file of usearch, as many as are complete: key (8 bytes), level (2), and for each level the number
 * of neighbours (4) and room for all of them (4 each). Writes the keys as doubles. Returns the bytes that were read;
 * -1 if they are not valid. `readRows` says how many there were.
 */
export function readNodes(from: usize, bytes: u32, first: u32, keys: usize, upperRoom: u32): i32 {
  const baseBytes = 4 + 4 * baseLinks;
  const upperBytes = 4 + 4 * upperLinks;
  let at: u32 = 0;
  let row = first;
  while (row < count && at + 10 + baseBytes <= bytes) {
    const node = from + at;
    const level = <u32>load<u16>(node + 8);
    if (level > 255) return -1;
    const size = 10 + baseBytes + level * upperBytes;
    if (at + size > bytes) break;
    store<f64>(keys + 8 * (row - first), <f64>load<u64>(node));
    if (!copyList(node + 10, linksAt + row * 4 * baseLinks, baseLinks)) return -1;
    store<u32>(placesAt + 4 * row, level === 0 ? 0 : lists + 1);
    if (lists + level > upperRoom) return -1;
    for (let each: u32 = 0; each < level; each++) {
      const list = node + 10 + baseBytes + each * upperBytes;
      if (!copyList(list, upperAt + lists * 4 * upperLinks, upperLinks)) return -1;
      lists++;
    }
    at += size;
    row++;
  }
  rowsRead = row - first;
  return at;
}

let rowsRead: u32 = 0;

export function readRows(): u32 {
  return rowsRead;
}

function copyList(from: usize, to: usize, room: u32): bool {
  const size = load<u32>(from);
  if (size > room) return false;
  for (let at: u32 = 0; at < size; at++) {
    const row = load<u32>(from + 4 + 4 * at);
    if (row >= count) return false;
    store<u32>(to + 4 * at, row);
  }
  if (size < room) store<u32>(to + 4 * size, END);
  return true;
}

/**
 * Marks as visited all rows that links of level 0 lead to from the entry which also lead back, and as marked those whose
 * links have been followed.
 */
export function reach(): void {
  clearVisits();
  memory.fill(marksAt, 0, ((count + 31) >>> 5) << 2);
  visit(entry);
  let isDone = false;
  while (!isDone) {
    isDone = true;
    for (let row: u32 = 0; row < count; row++) {
      const bit = <u32>1 << (row & 31);
      const word = (row >>> 5) << 2;
      const marks = load<u32>(marksAt + word);
      if ((load<u32>(visitedAt + word) & bit) === 0 || (marks & bit) !== 0) continue;
      store<u32>(marksAt + word, marks | bit);
      isDone = false;
      const list = linksAt + row * 4 * baseLinks;
      for (let link: u32 = 0; link < baseLinks; link++) {
        const next = load<u32>(list + 4 * link);
        if (next === END) break;
        if (linksTo(next, row)) visit(next);
      }
    }
  }
}

function linksTo(row: u32, target: u32): bool {
  const list = linksAt + row * 4 * baseLinks;
  for (let link: u32 = 0; link < baseLinks; link++) {
    const next = load<u32>(list + 4 * link);
    if (next === target) return true;
    if (next === END) return false;
  }
  return false;
}

/**
 * Walks the graph and leaves the best `most` hits in `hitsAt`, the best first. Returns their number. With `isFiltered`, only
 * marked rows are hits, and all rows are walked through.
 */
export function walk(most: u32, isFiltered: bool): u32 {
  begin();
  const first = descend();
  visit(first);
  store<u32>(batchAt, first);
  take(1, most, isFiltered);
  while (open > 0) {
    const hit = nextOpen();
    if (hits === most && hit < load<i64>(hitsAt)) break;
    const list = linksAt + rowOf(hit) * 4 * baseLinks;
    let size: u32 = 0;
    for (let link: u32 = 0; link < baseLinks; link++) {
      const row = load<u32>(list + 4 * link);
      if (row === END) break;
      if (!visit(row)) continue;
      store<u32>(batchAt + 4 * size, row);
      if (++size === BATCH) {
        take(size, most, isFiltered);
        size = 0;
      }
    }
    take(size, most, isFiltered);
  }
  return sortHits();
}

/**
 * Like `walk`, but only from marked rows to marked rows: to neighbours, and to neighbours of neighbours that are not
 * marked. Begins at the nearest row of all and, since the marked rows may be elsewhere, at `seeds` marked ones.
 */
export function walkMarked(most: u32, seeds: u32): u32 {
  begin();
  linksSeen = 0;
  linksMarked = 0;
  const first = descend();
  visit(first);
  store<u32>(batchAt, first);
  score(1);
  if (isMarked(first)) addHit(hitOf(load<i32>(scoresAt), first), most);
  addOpen(hitOf(load<i32>(scoresAt), first));
  seed(seeds, most);
  while (open > 0) {
    const hit = nextOpen();
    if (hits === most && hit < load<i64>(hitsAt)) break;
    expandMarked(rowOf(hit), most);
  }
  return sortHits();
}

/** The share of the links on the last walk among marked rows that lead to marked rows. */
export function shareMarked(): f64 {
  return linksSeen === 0 ? 0 : <f64>linksMarked / <f64>linksSeen;
}

function expandMarked(row: u32, most: u32): void {
  const list = linksAt + row * 4 * baseLinks;
  let size: u32 = 0;
  let passed: u32 = 0;
  for (let link: u32 = 0; link < baseLinks; link++) {
    const near = load<u32>(list + 4 * link);
    if (near === END) break;
    linksSeen++;
    if (isMarked(near)) {
      linksMarked++;
      passed++;
      if (!visit(near)) continue;
      store<u32>(batchAt + 4 * size++, near);
      if (size === BATCH) {
        take(size, most, true);
        size = 0;
      }
    }
  }
  for (let link: u32 = 0; link < baseLinks && passed < baseLinks; link++) {
    const near = load<u32>(list + 4 * link);
    if (near === END) break;
    if (isMarked(near) || !visit(near)) continue;
    const further = linksAt + near * 4 * baseLinks;
    for (let next: u32 = 0; next < baseLinks; next++) {
      const far = load<u32>(further + 4 * next);
      if (far === END) break;
      if (!isMarked(far) || !visit(far)) continue;
      passed++;
      store<u32>(batchAt + 4 * size++, far);
      if (size === BATCH) {
        take(size, most, true);
        size = 0;
      }
    }
  }
  take(size, most, true);
}

function seed(seeds: u32, most: u32): void {
  const words = (count + 31) >>> 5;
  let size: u32 = 0;
  for (let at: u32 = 0; at < seeds; at++) {
    let word = <u32>((<u64>at * words) / seeds);
    const end = <u32>((<u64>(at + 1) * words) / seeds);
    while (word < end && load<u32>(marksAt + 4 * word) === 0) word++;
    if (word === end) continue;
    const row = 32 * word + ctz<u32>(load<u32>(marksAt + 4 * word));
    if (!visit(row)) continue;
    store<u32>(batchAt + 4 * size++, row);
    if (size === BATCH) {
      take(size, most, true);
      size = 0;
    }
  }
  take(size, most, true);
}

/**
 * Compares all marked rows from word `from` of the marks up to, but not including, `to`. Leaves the best `most` hits in
 * `hitsAt`, the best first, and returns their number.
 */
export function scan(from: u32, to: u32, most: u32): u32 {
  hits = 0;
  let size: u32 = 0;
  for (let word = from; word < to; word++) {
    for (let marks = load<u32>(marksAt + 4 * word); marks !== 0; marks &= marks - 1) {
      store<u32>(batchAt + 4 * size, 32 * word + ctz<u32>(marks));
      if (++size === BATCH) {
        takeHits(size, most);
        size = 0;
      }
    }
  }
  takeHits(size, most);
  return sortHits();
}

/** Copies the codes of all marked rows to `codes`, one after the other, and their rows to `rows`. */
export function gather(codes: usize, rows: usize): void {
  const words = (count + 31) >>> 5;
  let size: u32 = 0;
  for (let word: u32 = 0; word < words; word++) {
    for (let marks = load<u32>(marksAt + 4 * word); marks !== 0; marks &= marks - 1) {
      const row = 32 * word + ctz<u32>(marks);
      memory.copy(codes + size * stride, codesAt + row * stride, stride);
      store<u32>(rows + 4 * size++, row);
    }
  }
}

/** Like `scan`, among so many gathered rows. */
export function scanGathered(codes: usize, rows: usize, gathered: u32, most: u32): u32 {
  hits = 0;
  const all = codesAt;
  codesAt = codes;
  for (let first: u32 = 0; first < gathered; first += BATCH) {
    const size = min(BATCH, gathered - first);
    for (let at: u32 = 0; at < size; at++) store<u32>(batchAt + 4 * at, first + at);
    score(size);
    memory.copy(batchAt, rows + 4 * first, 4 * size);
    addHits(size, most);
  }
  codesAt = all;
  return sortHits();
}

/** The row nearest to the query that the levels above the lowest lead to. */
function descend(): u32 {
  let best = entry;
  store<u32>(batchAt, best);
  score(1);
  let similarity = load<i32>(scoresAt);
  for (let level = topLevel; level > 0; level--) {
    for (;;) {
      const list = upperAt + (load<u32>(placesAt + 4 * best) + level - 2) * 4 * upperLinks;
      let size: u32 = 0;
      while (size < upperLinks) {
        const row = load<u32>(list + 4 * size);
        if (row === END) break;
        store<u32>(batchAt + 4 * size++, row);
      }
      score(size);
      const before = best;
      for (let at: u32 = 0; at < size; at++) {
        const other = load<i32>(scoresAt + 4 * at);
        if (other <= similarity) continue;
        similarity = other;
        best = load<u32>(batchAt + 4 * at);
      }
      if (best === before) break;
    }
  }
  return best;
}

/** Compares the rows of the batch; those that may lead on are to be expanded, and those that pass are hits. */
function take(size: u32, most: u32, isFiltered: bool): void {
  score(size);
  for (let at: u32 = 0; at < size; at++) {
    const row = load<u32>(batchAt + 4 * at);
    const hit = hitOf(load<i32>(scoresAt + 4 * at), row);
    if (hits === most && hit < load<i64>(hitsAt)) continue;
    addOpen(hit);
    if (!isFiltered || isMarked(row)) addHit(hit, most);
  }
}

function takeHits(size: u32, most: u32): void {
  score(size);
  addHits(size, most);
}

/** Adds the rows of the batch, which have been compared. */
function addHits(size: u32, most: u32): void {
  for (let at: u32 = 0; at < size; at++) {
    const hit = hitOf(load<i32>(scoresAt + 4 * at), load<u32>(batchAt + 4 * at));
    if (hits < most || hit > load<i64>(hitsAt)) addHit(hit, most);
  }
}

/**
 * Reads a byte of each line of the codes of the batch, so that the processor waits for the memory once for all of them. The
 * sum is stored because a value that nobody needs would not be read.
 */
function fetch(size: u32): void {
  let sum: u32 = 0;
  for (let at: u32 = 0; at < size; at++) {
    const code = codesAt + load<u32>(batchAt + 4 * at) * stride;
    for (let axis: u32 = 0; axis < stride; axis += 64) sum += load<u8>(code + axis);
  }
  store<u32>(scoresAt, sum);
}

/** Writes the similarities of the rows of the batch. Its rows and similarities must have room for three more. */
function score(size: u32): void {
  if (size === 0) return;
  const codes = codesAt;
  const length = stride;
  const query = queryAt;
  const last = load<u32>(batchAt + 4 * (size - 1));
  for (let more: u32 = 0; more < 3; more++) store<u32>(batchAt + 4 * (size + more), last);
  fetch(size);
  for (let at: u32 = 0; at < size; at += 4) {
    const rows = batchAt + 4 * at;
    const one = codes + load<u32>(rows) * length;
    const two = codes + load<u32>(rows + 4) * length;
    const three = codes + load<u32>(rows + 8) * length;
    const four = codes + load<u32>(rows + 12) * length;
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    for (let axis: u32 = 0; axis < length; axis += 16) {
      const low = v128.load(query + 2 * axis);
      const high = v128.load(query + 2 * axis + 16);
      a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load8x8_s(one + axis), low));
      b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load8x8_s(two + axis), low));
      c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load8x8_s(three + axis), low));
      d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load8x8_s(four + axis), low));
      a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load8x8_s(one + axis + 8), high));
      b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load8x8_s(two + axis + 8), high));
      c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load8x8_s(three + axis + 8), high));
      d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load8x8_s(four + axis + 8), high));
    }
    const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
    const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
    v128.store(
      scoresAt + 4 * at,
      i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7)),
    );
  }
}

function begin(): void {
  clearVisits();
  open = 0;
  hits = 0;
}

function clearVisits(): void {
  memory.fill(visitedAt, 0, ((count + 31) >>> 5) << 2);
}

/** Marks a row as visited. Returns whether it was not before. */
// @ts-ignore: decorator
@inline
function visit(row: u32): bool {
  const word = visitedAt + ((row >>> 5) << 2);
  const before = load<u32>(word);
  const bit = <u32>1 << (row & 31);
  store<u32>(word, before | bit);
  return (before & bit) === 0;
}

// @ts-ignore: decorator
@inline
function isMarked(row: u32): bool {
  return (load<u32>(marksAt + ((row >>> 5) << 2)) & (<u32>1 << (row & 31))) !== 0;
}

// @ts-ignore: decorator
@inline
function hitOf(similarity: i32, row: u32): i64 {
  return (<i64>similarity << 32) | <i64>(~row);
}

// @ts-ignore: decorator
@inline
function rowOf(hit: i64): u32 {
  return ~(<u32>hit);
}

function addOpen(hit: i64): void {
  if (open < openRoom) rise(openAt, open++, hit, BEST_FIRST);
}

function nextOpen(): i64 {
  const best = load<i64>(openAt);
  open--;
  sink(openAt, open, load<i64>(openAt + 8 * open), BEST_FIRST);
  return best;
}

function addHit(hit: i64, most: u32): void {
  if (hits < most) rise(hitsAt, hits++, hit, WORST_FIRST);
  else if (hit > load<i64>(hitsAt)) sink(hitsAt, hits, hit, WORST_FIRST);
}

function sortHits(): u32 {
  for (let size = hits; size > 1; ) {
    size--;
    const last = load<i64>(hitsAt + 8 * size);
    store<i64>(hitsAt + 8 * size, load<i64>(hitsAt));
    sink(hitsAt, size, last, WORST_FIRST);
  }
  return hits;
}

/** Whether a hit belongs above another one in a heap of this order. */
// @ts-ignore: decorator
@inline
function isAbove(hit: i64, other: i64, order: bool): bool {
  return order === BEST_FIRST ? hit > other : hit < other;
}

/** Adds a hit to a heap of `size`. */
// @ts-ignore: decorator
@inline
function rise(heap: usize, size: u32, hit: i64, order: bool): void {
  let place = size;
  while (place > 0) {
    const above = (place - 1) >>> 1;
    const other = load<i64>(heap + 8 * above);
    if (!isAbove(hit, other, order)) break;
    store<i64>(heap + 8 * place, other);
    place = above;
  }
  store<i64>(heap + 8 * place, hit);
}

/** Replaces the first of a heap of `size`. */
// @ts-ignore: decorator
@inline
function sink(heap: usize, size: u32, hit: i64, order: bool): void {
  let place: u32 = 0;
  for (;;) {
    let below: u32 = 2 * place + 1;
    if (below >= size) break;
    let other = load<i64>(heap + 8 * below);
    if (below + 1 < size) {
      const right = load<i64>(heap + 8 * below + 8);
      if (isAbove(right, other, order)) {
        other = right;
        below++;
      }
    }
    if (!isAbove(other, hit, order)) break;
    store<i64>(heap + 8 * place, other);
    place = below;
  }
  store<i64>(heap + 8 * place, hit);
}
