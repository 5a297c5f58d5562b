import { constants } from 'node:fs';
import { isAbsolute, join, normalize, sep } from 'node:path';
import { isSystemError, untilAborted } from '../../common/index.ts';
import type { FileLocation } from '../sources/dataset-source.port.ts';
import {
  fileTooLarge,
  imagePathOutside,
  sourceFileMissing,
  sourceFileUnreadable,
} from '../datasets.errors.ts';
import { files, readBytes, withFile } from './file-calls.ts';
import { ImageFetcher } from './image-fetcher.port.ts';
import { systemCodeOf } from '../../common/index.ts';

/** Reads images from files below the folder of their source. */
export class FilesystemImageFetcher extends ImageFetcher {
  private readonly realRoots = new Map<string, string>();

  constructor(private readonly maxBytes: number) {
    super();
  }

  override fetch(location: FileLocation, signal: AbortSignal): Promise<Buffer> {
    // A read from a network share may never return.
    return untilAborted(this.fetchFile(location), signal);
  }

  private async fetchFile({ path, root }: FileLocation): Promise<Buffer> {
    if (root === null) {
      throw imagePathOutside('Uploaded annotations name a relative path: say where it begins (imagesRoot).');
    }
    const inside = normalize(path);
    if (isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`)) throw imagePathOutside();
    if (path.includes('\0')) throw sourceFileMissing();
    try {
      // Links may lead anywhere, so their target is what is checked and opened.
      const realRoot = await this.realRoot(root);
      const file = await files.realpath(join(realRoot, inside));
      if (!file.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) throw imagePathOutside();
      return await this.read(file);
    } catch (error) {
      if (isSystemError(error, 'ENOENT', 'ENOTDIR')) throw sourceFileMissing();
      const code = systemCodeOf(error);
      throw code === undefined ? error : sourceFileUnreadable(code);
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
