import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, rmSync } from 'node:fs';
import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// Type-only TypeScript: worker threads load this file as it is.

export const SIDECAR_FORMAT = 2;
const CHUNK_BYTES = 1024 * 1024;

/** What a file must be to be used. */
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
  /** Entries in the graph, and rows of codes. */
  readonly count: number;
  /** The last entry that the build has read: newer ones are not in it. */
  readonly lastEntry: number;
  /** The last removal before the build began. */
  readonly lastRemoval: number;
  /** Entries when the axes were found and the graph was begun. */
  readonly begunWith: number;
  /** Entries that were added and removed since. */
  readonly changed: number;
  /** To take from the graph in a search; null where it is not to be used. */
  readonly candidates: number | null;
  /** Of the similarities of codes, in a file or not: the standard deviation. */
  readonly deviation: number;
  readonly connectivity: number;
  readonly expansionAdd: number;
  readonly graph: FileFacts;
  /** Null where whoever reads the build holds the float vectors in memory instead. */
  readonly codes: FileFacts | null;
  /** Null where the graph holds the vectors as they are. */
  readonly axes: FileFacts | null;
}

/**
 * The files of one build of an index. The build's random name is in each of them, so no build ever
 * writes into another's files, and the database row that names the build is what makes them count.
 */
export interface BuildFiles {
  readonly graph: string;
  readonly codes: string;
  readonly axes: string;
  readonly sidecar: string;
  /** Held by the process that builds. */
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

/** The builds that have any file in the folder. */
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

/** Bytes of a build's files together. */
export async function buildBytes(directory: string, name: string, build: string): Promise<number> {
  const found = buildsIn(directory).find((one) => one.name === name && one.build === build);
  const stats = await Promise.all(found?.files.map((file) => stat(file)) ?? []);
  return stats.reduce((sum, { size }) => sum + size, 0);
}

/** Makes the written file durable and gives it its name. */
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
  if (sidecar?.format !== SIDECAR_FORMAT) throw new Error('its description is of another format');
  const numbers = [sidecar.count, sidecar.lastEntry, sidecar.lastRemoval, sidecar.begunWith, sidecar.changed];
  const isWhole =
    numbers.every((value) => Number.isSafeInteger(value)) &&
    sidecar.candidates !== undefined &&
    typeof sidecar.deviation === 'number' &&
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

/** Throws where the file is not as it was written. */
export async function verify(file: string, facts: FileFacts): Promise<void> {
  // Comparing sizes first spares reading a file that was cut short.
  if ((await stat(file)).size !== facts.bytes) throw new Error('a file has another size');
  if ((await factsOf(file)).sha256 !== facts.sha256) throw new Error('a file is damaged');
}

/** The file in memory. Throws where it is not as it was written. */
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

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Not every file system can; the files themselves are synced.
    if (!hasCode(error, 'EINVAL', 'ENOTSUP', 'ENOSYS', 'EPERM', 'EISDIR')) throw error;
  } finally {
    await handle.close();
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as { code?: string } | null)?.code ?? '');
}
