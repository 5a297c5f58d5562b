import { constants } from 'node:fs';
import { isAbsolute, join, normalize, sep } from 'node:path';
import { ContainedPictures, type ContainedPicture } from '../../annotations/index.ts';
import { AppError, isSystemError, systemCodeOf, untilAborted } from '../../common/index.ts';
import type { FileLocation } from '../sources/dataset-source.port.ts';
import {
  containedPictureMissing,
  fileTooLarge,
  imagePathOutside,
  sourceFileAmbiguous,
  sourceFileMissing,
  sourceFileUnreadable,
} from '../datasets.errors.ts';
import { files, readBytes, withFile } from './file-calls.ts';
import { fileTasks } from './file-tasks.ts';
import { ImageFetcher } from './image-fetcher.port.ts';
import { PathVariants, spellingsOf } from './path-variants.ts';

/** A path that says what it means, as nearly all do: names without a dot at their start, between single slashes. */
const PLAIN_PATH = /^[^./\\\0:][^/\\\0:]*(?:\/[^./\\\0:][^/\\\0:]*)*$/;

/**
 * Reads images from files below the folder of their source. If there is no file of exactly the path that the source
 * gives, the ways in which tools and machines write paths differently are tried, as `spellingsOf` and `PathVariants` say.
 */
export class FilesystemImageFetcher extends ImageFetcher {
  private readonly realRoots = new Map<string, string>();
  private readonly variants = new PathVariants();
  private readonly contained = new ContainedPictures();

  constructor(private readonly maxBytes: number) {
    super();
  }

  override fetch(location: FileLocation, signal: AbortSignal): Promise<Buffer> {
    // A read from a network share may never return.
    const { contained } = location;
    return untilAborted(
      contained === undefined ? this.fetchFile(location) : this.fetchContained(contained),
      signal,
    );
  }

  override async version(location: FileLocation): Promise<string | undefined> {
    const file = fileAt(location);
    return file === undefined ? undefined : fileTasks.version(file);
  }

  override async versions(locations: readonly FileLocation[]): Promise<(string | undefined)[]> {
    const paths: string[] = [];
    // Pictures inside one archive are one file.
    const archives = new Map<string, number>();
    const positions = locations.map((location) => {
      const file = fileAt(location);
      if (file === undefined) return undefined;
      const position = archives.get(file) ?? paths.push(file) - 1;
      if (location.contained !== undefined) archives.set(file, position);
      return position;
    });
    const versions = await fileTasks.versions(paths);
    return positions.map((position) => (position === undefined ? undefined : versions[position]));
  }

  private async fetchContained(picture: ContainedPicture): Promise<Buffer> {
    try {
      const bytes = await this.contained.read(picture, this.maxBytes);
      if (bytes === undefined) throw containedPictureMissing(picture.name);
      if (typeof bytes === 'number') throw fileTooLarge(bytes, this.maxBytes);
      return bytes;
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw faultOf(error) ?? containedPictureMissing(picture.name);
    }
  }

  private async fetchFile({ path, root }: FileLocation): Promise<Buffer> {
    if (root === null) {
      throw imagePathOutside('Uploaded annotations name a relative path: say where it begins (imagesRoot).');
    }
    let realRoot: string;
    try {
      realRoot = await this.realRoot(root);
    } catch (error) {
      throw faultOf(error) ?? sourceFileMissing(path, shownFolder(root));
    }
    const exact = path.includes('\0') ? undefined : await this.readInside(realRoot, path);
    return exact ?? this.readVariant(realRoot, path);
  }

  /** For a path of which there is no file: reads the file that it may stand for. */
  private async readVariant(realRoot: string, path: string): Promise<Buffer> {
    const spellings = spellingsOf(path, realRoot);
    for (const spelling of spellings) {
      const bytes = await this.readInside(realRoot, spelling);
      if (bytes !== undefined) return bytes;
    }
    const { variants } = this;
    const searches = [
      ...spellings.map((spelling) => () => variants.find(realRoot, spelling)),
      ...spellings.map((spelling) => () => variants.findWithExtension(realRoot, spelling)),
    ];
    for (const search of searches) {
      const found = await search();
      if (found.length > 1) throw sourceFileAmbiguous(path, found);
      const bytes = found[0] === undefined ? undefined : await this.readInside(realRoot, found[0]);
      if (bytes !== undefined) return bytes;
    }
    const leadsOut = isAbsolute(path) || spellings.some((spelling) => insideRoot(spelling) === undefined);
    throw leadsOut ? imagePathOutside() : sourceFileMissing(path, shownFolder(realRoot));
  }

  /** Undefined if there is no such file, or the path leads out of the root. */
  private async readInside(realRoot: string, path: string): Promise<Buffer | undefined> {
    const inside = insideRoot(path);
    if (inside === undefined) return undefined;
    try {
      // Links may lead anywhere, so their target is what is checked and opened.
      const file = await files.realpath(join(realRoot, inside));
      if (!file.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) throw imagePathOutside();
      return await this.read(file);
    } catch (error) {
      const fault = faultOf(error);
      if (fault === undefined) return undefined;
      throw fault;
    }
  }

  private async read(file: string): Promise<Buffer> {
    // Opening a named pipe must not block.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    return withFile(file, flags, async (descriptor) => {
      const stats = await files.fstat(descriptor);
      if (!stats.isFile()) throw sourceFileUnreadable('it is not a regular file');
      if (stats.size > this.maxBytes) throw fileTooLarge(stats.size, this.maxBytes);
      return readBytes(descriptor, stats.size);
    });
  }

  private async realRoot(root: string): Promise<string> {
    const known = this.realRoots.get(root);
    if (known !== undefined) return known;
    const real = await files.realpath(root);
    this.realRoots.set(root, real);
    return real;
  }
}

/** The path of the file that a location names or is inside of, as it is written; undefined if it leads out of its root. */
function fileAt({ path, root, contained }: FileLocation): string | undefined {
  if (contained !== undefined) return contained.file;
  const inside = insideRoot(path);
  if (root === null || inside === undefined || inside.includes('\0')) return undefined;
  return `${root}${sep}${inside}`;
}

/** The path relative to the root, without detours; undefined if it leads out of the root by itself. */
function insideRoot(path: string): string | undefined {
  if (PLAIN_PATH.test(path)) return path;
  const inside = normalize(path);
  const leadsOut = isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`);
  return leadsOut ? undefined : inside;
}

/** What is wrong with a file or folder; undefined if it does not exist. Throws what no system call has thrown. */
function faultOf(error: unknown): AppError | undefined {
  if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
  const code = systemCodeOf(error);
  if (code === undefined) throw error;
  return sourceFileUnreadable(code);
}

/** The last two names of a folder's path. The rest is nobody's business who may only import. */
function shownFolder(folder: string): string {
  const parts = folder.split(sep).filter((part) => part !== '');
  return parts.length > 2 ? `…/${parts.slice(-2).join('/')}` : folder;
}
