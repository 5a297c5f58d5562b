import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { jpegOf, pngOf } from '../fixtures/pictures.ts';

/** What stands in the contents of cases for the address of a server that has a picture at every path below /pictures/. */
export const PICTURE_SERVER = 'http://pictures.example';

/** What an import of a case must bring. */
export interface RightAnswer {
  /** The labels of each image, by the names that are shown, by its external id. */
  readonly images: Readonly<Record<string, readonly string[]>>;
  /** Each failure, in any order: what it is about, its code, and a part of its message. */
  readonly failures?: readonly (readonly [item: string, code: string, message: string])[];
  /** The code that the import as a whole fails with; it succeeds if omitted. */
  readonly error?: string;
  /** A part of the message that says why the import as a whole has failed. */
  readonly problem?: string;
}

/** Files as people and tools write them, and the right answer to them. */
export interface WildCase {
  readonly name: string;
  /** Contents by path below the folder of the case; `linkTo` makes a link. */
  readonly files?: Readonly<Record<string, string | Buffer | { readonly linkTo: string }>>;
  /** Paths at which to put a small picture, each another one. */
  readonly pictures?: readonly string[];
  /** What to import, below the folder of the case: an annotation file, or a folder of pictures if it ends in "/". */
  readonly from: string;
  /** Options of the import, as the API names them. */
  readonly options?: Readonly<Record<string, string | number>>;
  /** Anything else to do to the folder of the case. */
  readonly prepare?: (folder: string, pictureServer: string) => Promise<void>;
  readonly answer: RightAnswer;
}

/** Writes the files of a case into its folder. `pictureServer` is the address that `PICTURE_SERVER` stands for. */
export async function writeCase(
  { files = {}, pictures = [], prepare }: WildCase,
  folder: string,
  pictureServer: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [seed, path] of pictures.entries()) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, await pictureAt(path, seed + 1));
  }
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    if (typeof content === 'object' && 'linkTo' in content) await symlink(content.linkTo, file);
    else if (typeof content === 'string')
      await writeFile(file, content.replaceAll(PICTURE_SERVER, pictureServer));
    else await writeFile(file, content);
  }
  await prepare?.(folder, pictureServer);
}

/** A small picture in the format that the name says, or a JPEG. */
export async function pictureAt(path: string, seed: number): Promise<Buffer> {
  const size = { width: 24, height: 16 };
  return path.endsWith('.png') ? pngOf(seed, size) : jpegOf(seed, size);
}
