import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, rmSync } from 'node:fs';
import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// Only erasable TypeScript: worker threads run this file from source.

export const SIDECAR_FORMAT = 3;
const CHUNK_BYTES = 1024 * 1024;

/** What a file must look like to be used. */
export interface FileFacts {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The description of a build, in a JSON file beside its other files. */
export interface Sidecar {
  readonly format: number;
  readonly name: string;
  readonly indexId: number;
  readonly build: string;
  readonly dimension: number;
  /** `ModelIdentity.key` */
  readonly model: string;
  /** The number of entries in the graph, and of rows of codes. */
  readonly count: number;
  /** The id of the last entry that the build has read. Newer ones are not in it. */
  readonly lastEntry: number;
  /** The id of the last removal before the build began. */
  readonly lastRemoval: number;
  /** The number of entries when the axes were computed and the graph was created. */
  readonly begunWith: number;
  /** The number of entries that have been added and removed since then. */
  readonly changed: number;
  /** The number of candidates to take from the graph in a search; null if it is not to be used. */
  readonly candidates: number | null;
  /** The same for a search with the vector of an entry. */
  readonly candidatesOfEntries: number | null;
  /** The ids of entries that the graph contains but walks cannot find. */
  readonly strays: readonly number[];
  /** The standard deviation of the error in the similarities of whole vectors in 8 bits. */
  readonly deviation: number;
  /** The size of the largest number along each axis of the graph, divided by 127. */
  readonly scales: readonly number[];
  readonly connectivity: number;
  readonly expansionAdd: number;
  readonly graph: FileFacts;
  /** Null if the graph contains the whole vectors. */
  readonly codes: FileFacts | null;
  /** Null if the graph contains the vectors as they are. */
  readonly axes: FileFacts | null;
}

/**
 * The files of one build of an index. Their names contain the build's random name, so that no build ever writes
 * to the files of another. They are in use if the row in the database names the build.
 */
export interface BuildFiles {
  readonly graph: string;
  readonly codes: string;
  readonly axes: string;
  readonly sidecar: string;
  /** Held by the process that is building. */
  readonly lock: string;
}

export function buildFiles(directory: string, name: string, build: string): BuildFiles {
  const stem = join(directory, `${name}.${build}`);
  return {
    graph: `${stem}.usearch`,
    codes: `${stem}.codes`,
    axes: `${stem}.axes`,
    sidecar: `${stem}.usearch.json`,
    lock: `${stem}.lock`,
  };
}

const BUILD_FILE = /^([a-z0-9-]+)\.([0-9a-f]{16})\.(?:usearch|usearch\.json|codes|axes|lock)(?:\.partial)?$/;

/** The builds that have files in the folder. */
export function buildsIn(directory: string): { name: string; build: string; files: string[] }[] {
  const builds = new Map<string, { name: string; build: string; files: string[] }>();
  for (const file of namesIn(directory)) {
    const [, name, build] = BUILD_FILE.exec(file) ?? [];
    if (name === undefined || build === undefined) continue;
    const key = `${name}.${build}`;
    const known = builds.get(key) ?? { name, build, files: [] };
    known.files.push(join(directory, file));
    builds.set(key, known);
  }
  return [...builds.values()];
}

export function removeBuild(directory: string, name: string, build: string): void {
  for (const found of buildsIn(directory)) {
    if (found.name !== name || found.build !== build) continue;
    for (const file of found.files) rmSync(file, { force: true });
  }
}

/** The total size of a build's files in bytes. */
export async function buildBytes(directory: string, name: string, build: string): Promise<number> {
  const found = buildsIn(directory).find((one) => one.name === name && one.build === build);
  const stats = await Promise.all(found?.files.map((file) => stat(file)) ?? []);
  return stats.reduce((sum, { size }) => sum + size, 0);
}

/** Flushes a file to the disk and gives it its final name. */
export async function publish(partial: string, file: string): Promise<void> {
  const handle = await open(partial, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(partial, file);
}

export async function writeSidecar(files: BuildFiles, sidecar: Sidecar): Promise<void> {
  const partial = `${files.sidecar}.partial`;
  await writeFile(partial, `${JSON.stringify(sidecar, null, 2)}\n`);
  await publish(partial, files.sidecar);
  await syncFolder(join(files.sidecar, '..'));
}

export async function readSidecar(files: BuildFiles): Promise<Sidecar> {
  const sidecar = JSON.parse(await readFile(files.sidecar, 'utf8')) as Partial<Sidecar> | null;
  if (sidecar?.format !== SIDECAR_FORMAT) throw new Error('its description has another format');
  const numbers = [sidecar.count, sidecar.lastEntry, sidecar.lastRemoval, sidecar.begunWith, sidecar.changed];
  const isWhole =
    numbers.every((value) => Number.isSafeInteger(value)) &&
    sidecar.candidates !== undefined &&
    sidecar.candidatesOfEntries !== undefined &&
    typeof sidecar.deviation === 'number' &&
    Array.isArray(sidecar.strays) &&
    Array.isArray(sidecar.scales) &&
    sidecar.axes !== undefined &&
    sidecar.graph !== undefined &&
    sidecar.codes !== undefined;
  if (!isWhole) throw new Error('its description is incomplete');
  return sidecar as Sidecar;
}

export async function factsOf(file: string): Promise<FileFacts> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES }))
    hash.update(chunk as Buffer);
  return { bytes: (await stat(file)).size, sha256: hash.digest('hex') };
}

/** Throws unless the file is exactly as it was written. */
export async function verify(file: string, facts: FileFacts): Promise<void> {
  // Comparing sizes first avoids reading a file that was truncated.
  if ((await stat(file)).size !== facts.bytes) throw new Error('a file has another size');
  if ((await factsOf(file)).sha256 !== facts.sha256) throw new Error('a file is damaged');
}

/** Reads the file into memory. Throws unless it is exactly as it was written. */
export async function verifiedRead(file: string, facts: FileFacts): Promise<ArrayBuffer> {
  if ((await stat(file)).size !== facts.bytes) throw new Error('a file has another size');
  const bytes = new Uint8Array(facts.bytes);
  const hash = createHash('sha256');
  const handle = await open(file, 'r');
  try {
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await handle.read(bytes, at, Math.min(CHUNK_BYTES, bytes.length - at), at);
      if (bytesRead === 0) throw new Error('a file has another size');
      hash.update(bytes.subarray(at, at + bytesRead));
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
  if (hash.digest('hex') !== facts.sha256) throw new Error('a file is damaged');
  return bytes.buffer;
}

const CANNOT_SYNC: readonly (string | undefined)[] = ['EINVAL', 'EISDIR', 'ENOTSUP', 'EPERM'];

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Not every file system can sync a folder. The files themselves have been synced.
    if (!CANNOT_SYNC.includes(codeOf(error))) throw error;
  } finally {
    await handle.close();
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    // The first build creates the folder.
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
