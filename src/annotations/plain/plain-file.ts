import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { annotationsInvalid } from '../annotations.errors.ts';
import { AppError, isStorageFull, messageOf, storageFull, systemCodeOf } from '../../common/index.ts';
import { detectEncoding, UTF_8, type Encoding } from './encoding.ts';
import { headOf, openContent, packingOf, type Packing } from './packed-content.ts';

/** How much of a text is looked at to detect its encoding. */
const HEAD_BYTES = 4 * 1024 * 1024;
/** Larger than any known annotation file; what a small packed file must not grow beyond. */
const MAX_PLAIN_BYTES = 64 * 1024 * 1024 * 1024;

export interface PlainOptions {
  /** The encoding of the text; detected if omitted. */
  readonly encoding?: Encoding;
  /** Where a copy is put if one is needed; the folder for temporary files of the system if omitted. */
  readonly temporaryFolder?: string;
  /** Called with the bytes of a file as they are read, if it has to be copied. */
  readonly onBytes?: (bytes: number) => void;
}

/** An annotation file as text in UTF-8 that is not packed: the file itself, or a copy that was made for this purpose. */
export class PlainFile {
  private constructor(
    readonly path: string,
    /** Whether whoever asked for it has to remove it. */
    readonly isCopy: boolean,
  ) {}

  /**
   * Unpacks gzip and ZIP, and rewrites other encodings as UTF-8; the lines stay the same. Rejects with
   * `ANNOTATIONS_INVALID`, `SOURCE_NOT_FOUND`, `STORAGE_FULL` and the signal's reason, and leaves no copy then.
   */
  static async make(file: string, options: PlainOptions, signal: AbortSignal): Promise<PlainFile> {
    return PlainFile.copied(file, options, signal, async (packing) => {
      if (options.encoding !== undefined) return options.encoding;
      return detectEncoding(await headOf(await openContent(file, packing), HEAD_BYTES));
    });
  }

  /** Unpacks gzip and ZIP, and leaves the content as it is. Rejects as `make` does. */
  static async unpack(file: string, options: PlainOptions, signal: AbortSignal): Promise<PlainFile> {
    return PlainFile.copied(file, options, signal, async () => UTF_8);
  }

  private static async copied(
    file: string,
    options: PlainOptions,
    signal: AbortSignal,
    encodingOf: (packing: Packing) => Promise<Encoding>,
  ): Promise<PlainFile> {
    try {
      const packing = await packingOf(file);
      const encoding = await encodingOf(packing);
      if (packing === 'none' && encoding === UTF_8) return new PlainFile(file, false);

      const folder = options.temporaryFolder ?? tmpdir();
      await mkdir(folder, { recursive: true });
      // Named after the process, so that what a killed one leaves behind can be told from what is in use.
      const copy = join(folder, `${process.pid}-${randomUUID()}`);
      try {
        const content = await openContent(file, packing, options.onBytes);
        const steps = encoding === UTF_8 ? [limited()] : [limited(), decoded(encoding)];
        await pipeline([content, ...steps, createWriteStream(copy, { flags: 'wx' })], { signal });
        return new PlainFile(copy, true);
      } catch (error) {
        await rm(copy, { force: true });
        throw error;
      }
    } catch (error) {
      signal.throwIfAborted();
      throw asFault(error);
    }
  }
}

function asFault(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (isStorageFull(error)) return storageFull(error);
  const code = systemCodeOf(error);
  // zlib and yauzl say in their messages what is damaged.
  const isDamage = code?.startsWith('Z_') === true || code === undefined;
  return isDamage && !isAbort(error)
    ? annotationsInvalid(`the packed file is damaged (${messageOf(error)})`, null)
    : error;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function limited(): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > MAX_PLAIN_BYTES) done(annotationsInvalid('the unpacked file has more than 64 GB', null));
      else done(null, chunk);
    },
  });
}

/** Text of an encoding as UTF-8. What is not text becomes the replacement character. */
function decoded(encoding: Encoding): Transform {
  const decoder = new TextDecoder(encoding);
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) =>
      done(null, Buffer.from(decoder.decode(chunk, { stream: true }))),
    flush: (done) => done(null, Buffer.from(decoder.decode())),
  });
}
