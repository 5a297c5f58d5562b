import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { FileFacts } from '../build/build-files.ts';
import { STAGING_BYTES, WalkMemory } from './walk-memory.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** The head that follows the vectors: magic word, version, kinds, counts. */
const HEAD_BYTES = 64;
/** The head of the graph itself: five numbers of 8 bytes. */
const GRAPH_HEAD_BYTES = 40;
const MAGIC = 'usearch';
/** usearch's numbers for kinds of scalars and keys. */
const KINDS = { half: 12, key: 14, slot: 15 };

/** What a file of usearch says about itself. */
interface Heads {
  readonly rows: number;
  readonly present: number;
  readonly dimension: number;
  readonly upperLinks: number;
  readonly baseLinks: number;
  readonly topLevel: number;
  readonly entry: number;
}

/** A graph in memory that can be walked. */
export interface ReadGraph {
  readonly memory: WalkMemory;
  readonly rows: number;
  /** The key of each row. Of rows that were removed, greater than any id. */
  readonly keys: Float64Array;
  /** The number of rows that were not removed. */
  readonly present: number;
  readonly facts: FileFacts;
}

/**
 * Reads the graph from a file that usearch has written with vectors in half precision. `scales` has the size of the largest
 * number along each axis, divided by 127.
 *
 * Throws unless the file is exactly as described by `facts`; if these are undefined, unless it is complete.
 */
export async function readGraph(
  path: string,
  facts: FileFacts | undefined,
  dimension: number,
  scales: Float32Array,
): Promise<ReadGraph> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (facts !== undefined && size !== facts.bytes) throw new Error('a file has another size');
    const heads = await readHeads(handle, dimension, size);
    const levels = await levelsOf(handle, heads, dimension);
    let upperLists = 0;
    for (const level of levels) upperLists += level;
    const memory = new WalkMemory({ ...heads, upperLists }, heads.entry, heads.topLevel);
    const file = new HashedFile(handle);
    await readVectors(file, memory, heads, scales);
    await file.read(memory.view(Uint8Array, memory.areas.staging, HEAD_BYTES + GRAPH_HEAD_BYTES));
    await skip(file, memory, 2 * heads.rows);
    const keys = await readNodes(file, memory, heads, upperLists, size);
    const sha256 = file.digest();
    if (facts !== undefined && sha256 !== facts.sha256) throw new Error('a file is damaged');
    return { memory, rows: heads.rows, keys, present: heads.present, facts: { bytes: size, sha256 } };
  } finally {
    await handle.close();
  }
}

/** Reads a file from its beginning to its end and hashes it on the way. */
class HashedFile {
  at = 0;
  private readonly hash = createHash('sha256');
  private readonly handle: FileHandle;

  constructor(handle: FileHandle) {
    this.handle = handle;
  }

  /** Fills the view. */
  async read(view: Uint8Array): Promise<void> {
    for (let done = 0; done < view.length;) {
      const { bytesRead } = await this.handle.read(view, done, view.length - done, this.at);
      if (bytesRead === 0) throw new Error('a file has another size');
      this.hash.update(view.subarray(done, done + bytesRead));
      this.at += bytesRead;
      done += bytesRead;
    }
  }

  /** Lower-case hex. */
  digest(): string {
    return this.hash.digest('hex');
  }
}

async function readHeads(handle: FileHandle, dimension: number, size: number): Promise<Heads> {
  const first = await readAt(handle, 0, 8);
  const rows = first.readUInt32LE(0);
  const vectorBytes = first.readUInt32LE(4);
  const headsAt = 8 + rows * vectorBytes;
  if (headsAt + HEAD_BYTES + GRAPH_HEAD_BYTES > size) throw new Error('a file has another size');
  const head = await readAt(handle, headsAt, HEAD_BYTES + GRAPH_HEAD_BYTES);
  const number = (at: number) => Number(head.readBigUInt64LE(at));
  const isExpected =
    head.toString('latin1', 0, 7) === MAGIC &&
    head[14] === KINDS.half &&
    head[15] === KINDS.key &&
    head[16] === KINDS.slot &&
    vectorBytes === 2 * dimension &&
    number(33) === dimension &&
    number(HEAD_BYTES) === rows;
  if (!isExpected) throw new Error('its graph has another format');
  return {
    ...{ rows, dimension, present: number(17) },
    upperLinks: number(HEAD_BYTES + 8),
    baseLinks: number(HEAD_BYTES + 16),
    topLevel: number(HEAD_BYTES + 24),
    entry: number(HEAD_BYTES + 32),
  };
}

async function levelsOf(handle: FileHandle, { rows }: Heads, dimension: number): Promise<Uint16Array> {
  const at = 8 + 2 * dimension * rows + HEAD_BYTES + GRAPH_HEAD_BYTES;
  const bytes = await readAt(handle, at, 2 * rows);
  return new Uint16Array(bytes.buffer, bytes.byteOffset, rows);
}

async function readAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) throw new Error('a file has another size');
    done += bytesRead;
  }
  return bytes;
}

async function readVectors(
  file: HashedFile,
  memory: WalkMemory,
  { rows, dimension }: Heads,
  scales: Float32Array,
): Promise<void> {
  const { staging, factors, padded } = memory.areas;
  memory
    .view(Float32Array, factors, dimension)
    .set(scales.map((scale) => (scale > 0 ? Math.fround(1 / scale) : 0)));
  await file.read(memory.view(Uint8Array, staging, 8));
  const atOnce = Math.floor(STAGING_BYTES / (2 * dimension));
  for (let from = 0; from < rows; from += atOnce) {
    const vectors = Math.min(atOnce, rows - from);
    await file.read(memory.view(Uint8Array, staging, 2 * dimension * vectors));
    memory.functions.encode(staging, vectors, from, dimension, factors, padded);
    await setImmediate();
  }
}

async function skip(file: HashedFile, memory: WalkMemory, bytes: number): Promise<void> {
  for (let left = bytes; left > 0;) {
    const some = Math.min(left, STAGING_BYTES);
    await file.read(memory.view(Uint8Array, memory.areas.staging, some));
    left -= some;
  }
}

async function readNodes(
  file: HashedFile,
  memory: WalkMemory,
  { rows }: Heads,
  upperLists: number,
  size: number,
): Promise<Float64Array> {
  const { staging, keys: keysAt } = memory.areas;
  const keys = new Float64Array(rows);
  let done = 0;
  let kept = 0;
  while (done < rows) {
    const some = Math.min(STAGING_BYTES - kept, size - file.at);
    await file.read(memory.view(Uint8Array, staging + kept, some));
    const bytes = kept + some;
    const used = memory.functions.readNodes(staging, bytes, done, keysAt, upperLists);
    const read = memory.functions.readRows();
    if (used < 0 || read === 0) throw new Error('its graph is not valid');
    keys.set(memory.view(Float64Array, keysAt, read), done);
    done += read;
    kept = bytes - used;
    memory.view(Uint8Array, staging, bytes).copyWithin(0, used);
    await setImmediate();
  }
  if (file.at !== size || kept > 0) throw new Error('its graph is not valid');
  return keys;
}
