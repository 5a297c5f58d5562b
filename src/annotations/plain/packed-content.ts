import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { openPromise as openZip, type Entry, type ZipFile } from 'yauzl';
import { annotationsInvalid } from '../annotations.errors.ts';
import { messageOf } from '../../common/index.ts';
import { openAnnotations } from '../reading/file-window.ts';

/** How the content of a file is packed. */
export type Packing = 'none' | 'gzip' | 'zip';

const TEXTS = /\.(?:csv|tsv|tab|txt|psv|json|jsonl|ndjson|geojson|xml)$/i;

/**
 * Recognises gzip (RFC 1952) and ZIP (PKWARE APPNOTE, section 4.3.7) by their first bytes. Rejects with
 * `SOURCE_NOT_FOUND`.
 */
export async function packingOf(file: string): Promise<Packing> {
  const handle = await openAnnotations(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer[0] === 0x1f && buffer[1] === 0x8b) return 'gzip';
    return buffer.toString('latin1') === 'PK\x03\x04' ? 'zip' : 'none';
  } finally {
    await handle.close();
  }
}

/**
 * Opens the content of a file that may be packed. `onBytes` is called with how many bytes of the file have been read; of a
 * ZIP, as many as the part of the content stands for. A ZIP must contain one annotation file, beside which there may be
 * others that are not. Rejects with `ANNOTATIONS_INVALID`; so does the stream if the file is damaged.
 */
export async function openContent(
  file: string,
  packing: Packing,
  onBytes?: (bytes: number) => void,
): Promise<Readable> {
  switch (packing) {
    case 'none':
      return counted(createReadStream(file), onBytes);
    case 'gzip': {
      const packed = counted(createReadStream(file), onBytes);
      const content = packed.pipe(createGunzip());
      packed.once('error', (error) => content.destroy(error));
      content.once('close', () => packed.destroy());
      return content;
    }
    case 'zip':
      return openArchived(file, onBytes);
  }
}

/** `scale`: by how much lengths are multiplied. */
function counted(stream: Readable, onBytes: ((bytes: number) => void) | undefined, scale = 1): Readable {
  if (onBytes === undefined) return stream;
  // Nothing is read before somebody takes it.
  stream.pause();
  stream.on('data', (chunk: Buffer) => onBytes(chunk.length * scale));
  return stream;
}

async function openArchived(file: string, onBytes?: (bytes: number) => void): Promise<Readable> {
  let archive: ZipFile;
  try {
    archive = await openZip(file, { autoClose: false });
  } catch (error) {
    throw annotationsInvalid(`the ZIP is damaged (${messageOf(error)})`, null);
  }
  try {
    const entry = await annotationsIn(archive);
    const content = await archive.openReadStreamPromise(entry);
    content.once('close', () => archive.close());
    const scale = archive.fileSize / Math.max(1, entry.uncompressedSize);
    return counted(content, onBytes, scale);
  } catch (error) {
    archive.close();
    throw error;
  }
}

async function annotationsIn(archive: ZipFile): Promise<Entry> {
  const found: Entry[] = [];
  try {
    for await (const entry of archive.eachEntry()) {
      const { fileName } = entry;
      if (fileName === 'xl/workbook.xml')
        throw annotationsInvalid('the file is a spreadsheet of Excel. Save it as CSV', null);
      const isHidden = fileName.startsWith('__MACOSX/') || basename(fileName).startsWith('.');
      if (!isHidden && TEXTS.test(fileName)) found.push(entry);
    }
  } catch (error) {
    if (annotationsInvalid.is(error)) throw error;
    throw annotationsInvalid(`the ZIP is damaged (${messageOf(error)})`, null);
  }
  const [entry] = found;
  if (entry === undefined)
    throw annotationsInvalid('the ZIP contains no annotation file (CSV, TSV, JSON, JSONL or XML)', null);
  if (found.length > 1) {
    const names = found.slice(0, 5).map(({ fileName }) => JSON.stringify(fileName.slice(0, 60)));
    const shown = `${names.join(', ')}${found.length > names.length ? ', …' : ''}`;
    throw annotationsInvalid(
      `the ZIP contains ${found.length} files that may be the annotations: ${shown}. Unpack it`,
      null,
    );
  }
  return entry;
}

/** The first bytes of a content: `wanted`, or more, or all. Ends the stream. */
export async function headOf(content: Readable, wanted: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= wanted) break;
    }
  } finally {
    content.destroy();
  }
  return Buffer.concat(chunks);
}
