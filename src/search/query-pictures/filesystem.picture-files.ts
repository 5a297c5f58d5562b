import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '../../common/index.ts';
import { DurableFiles } from '../../datasets/index.ts';
import { PictureFiles, type PictureFile } from './picture-files.port.ts';

const SUFFIXES: Readonly<Record<PictureFile, string>> = { picture: '', thumbnail: '.webp' };

/** Query pictures as files, `ab/abcd…` and `ab/abcd….webp`, below a folder of their own. */
export class FilesystemPictureFiles extends PictureFiles {
  private readonly files: DurableFiles;

  constructor(private readonly directory: string) {
    super();
    this.files = new DurableFiles(directory);
  }

  override async write(sha256: string, file: PictureFile, bytes: Uint8Array): Promise<void> {
    await this.files.write(this.locate(sha256, file), bytes);
  }

  override async read(sha256: string, file: PictureFile): Promise<Buffer | undefined> {
    try {
      return await readFile(this.locate(sha256, file));
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  override async delete(sha256: string): Promise<void> {
    await rm(this.locate(sha256, 'picture'), { force: true });
    await rm(this.locate(sha256, 'thumbnail'), { force: true });
  }

  private locate(sha256: string, file: PictureFile): string {
    // Nothing else may become part of a file name.
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error('Not a sha256 in lower-case hex');
    return join(this.directory, sha256.slice(0, 2), `${sha256}${SUFFIXES[file]}`);
  }
}
