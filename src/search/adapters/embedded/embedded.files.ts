import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, rmSync, type Stats } from 'node:fs';
import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// Type-only TypeScript: worker threads load this file as it is.

export const SIDECAR_FORMAT = 1;

/** What a file must be to be used. */
export interface FileFacts {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The description of a build, in a JSON file beside its graph and codes. */
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
  /** Entries removed from the graph since it was last built from nothing. */
  readonly removed: number;
  readonly connectivity: number;
  readonly expansionAdd: number;
  readonly graph: FileFacts;
  readonly codes: FileFacts;
}

/**
 * The files of one build of an index. The build's random name is in each of them, so no build ever
 * writes into another's files, and the database row that names the build is what makes them count.
 */
export interface BuildFiles {
  readonly graph: string;
  readonly codes: string;
  readonly sidecar: string;
  /** Held by the process that builds. */
  readonly lock: string;
}

export function buildFiles(directory: string, name: string, build: string): BuildFiles {
  const stem = join(directory, `${name}.${build}`);
  return {
    graph: `${stem}.usearch`,
    codes: `${stem}.codes`,
    sidecar: `${stem}.usearch.json`,
    lock: `${stem}.lock`,
  };
}

const BUILD_FILE = /^([a-z0-9-]+)\.([0-9a-f]{16})\.(?:usearch|usearch\.json|codes|lock)(?:\.partial)?$/;

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

export async function factsOf(file: string): Promise<FileFacts> {
  const { size }: Stats = await stat(file);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return { bytes: size, sha256: hash.digest('hex') };
}

/**
 * The sidecar of a build whose files are exactly as they were written. Throws with what is wrong
 * otherwise: a damaged graph ends the process when it is loaded, or answers wrongly in silence.
 */
export async function verifiedBuild(
  files: BuildFiles,
  expected: { indexId: number; build: string; dimension: number; model: string },
): Promise<Sidecar> {
  const sidecar = JSON.parse(await readFile(files.sidecar, 'utf8')) as Partial<Sidecar> | null;
  if (sidecar?.format !== SIDECAR_FORMAT) throw new Error('its description is of another format');
  for (const key of ['indexId', 'build', 'dimension', 'model'] as const) {
    if (sidecar[key] !== expected[key]) throw new Error(`it is of another ${key}`);
  }
  const numbers = [sidecar.count, sidecar.lastEntry, sidecar.lastRemoval, sidecar.removed];
  if (!numbers.every((value) => Number.isSafeInteger(value)))
    throw new Error('its description is incomplete');
  for (const [what, file, facts] of [
    ['graph', files.graph, sidecar.graph],
    ['codes', files.codes, sidecar.codes],
  ] as const) {
    // Comparing sizes first spares reading a file that was cut short.
    if ((await stat(file)).size !== facts?.bytes) throw new Error(`its ${what} has another size`);
    if ((await factsOf(file)).sha256 !== facts.sha256) throw new Error(`its ${what} is damaged`);
  }
  return sidecar as Sidecar;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch {
    // Not every file system can; the files themselves are synced.
  } finally {
    await handle.close();
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** A sidecar without a look at its files: for tests and reports. */
export function readSidecar(files: BuildFiles): Sidecar {
  return JSON.parse(readFileSync(files.sidecar, 'utf8')) as Sidecar;
}
