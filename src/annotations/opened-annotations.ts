import { rm, stat } from 'node:fs/promises';
import { AnnotationFormat, type AnnotationOptions } from './annotation-format.ts';
import { annotationsInvalid, columnsUnused } from './annotations.errors.ts';
import { containerKindOf, kindOf, shardsOf, type ContainerKind } from './containers/shards.ts';
import { layoutOf, shapeOf, type Layout } from './layouts/layout.ts';
import type { FileShape, TranscribedShape } from './layouts/detect-shape.ts';
import { headOf, openContent, packingOf } from './plain/packed-content.ts';
import { PlainFile } from './plain/plain-file.ts';
import { BytesRead } from './transcripts/bytes-read.ts';
import { merchantRows } from './transcripts/merchant-feed.ts';
import { parquetRows } from './transcripts/parquet-rows.ts';
import { transcribe } from './transcripts/transcript.ts';
import { transcriptLayout, type Transcript } from './transcripts/transcript-layout.ts';
import { viaProjectRows } from './transcripts/via-project.ts';
import { webDatasetRows, type Shard } from './transcripts/webdataset-rows.ts';

/**
 * An annotation file, or several that belong together, made ready to be read row by row: unpacked, in UTF-8, and
 * transcribed if its rows can only be read from the beginning. Close it when it is no longer needed.
 */
export class OpenedAnnotations {
  private constructor(
    private readonly options: AnnotationOptions,
    private readonly content:
      Transcript | { readonly path: string; readonly shape: Exclude<FileShape, TranscribedShape> },
    /** Copies to remove in the end. */
    private readonly copies: readonly string[],
  ) {}

  /** Rejects with `SOURCE_NOT_FOUND`, `ANNOTATIONS_INVALID`, `STORAGE_FULL` and the signal's reason. */
  static async make(
    path: string,
    options: AnnotationOptions,
    signal: AbortSignal,
  ): Promise<OpenedAnnotations> {
    const copies: string[] = [];
    try {
      const content = await contentOf(path, options, copies, signal);
      return new OpenedAnnotations(options, content, copies);
    } catch (error) {
      await removeAll(copies);
      throw error;
    }
  }

  /** How to read it. Each pass over the file needs a layout of its own. */
  async layout(): Promise<Layout> {
    const { content, options } = this;
    return 'shape' in content
      ? layoutOf(content.path, content.shape, options)
      : transcriptLayout(content, options.values ?? []);
  }

  async close(): Promise<void> {
    await removeAll(this.copies);
  }
}

async function removeAll(copies: readonly string[]): Promise<void> {
  for (const copy of copies) await rm(copy, { force: true });
}

async function contentOf(
  path: string,
  options: AnnotationOptions,
  copies: string[],
  signal: AbortSignal,
): Promise<OpenedAnnotations['content']> {
  const files = await shardsOf(path);
  const kind = await kindOfContent(files[0]!);
  const { format = AnnotationFormat.AUTO } = options;
  const expected = CONTAINERS[format];
  if (expected !== undefined && expected !== kind)
    throw annotationsInvalid(`the content is not what ${format} names`, null);
  if (kind === undefined && files.length > 1) {
    throw annotationsInvalid('several files must be Parquet files or tar archives', null);
  }
  const all = new Set<string>();
  const names = new Map<string, string>();
  const { columns = {}, values = [], temporaryFolder } = options;
  const read = new BytesRead(options.onTranscribed);
  const transcript = async (
    rows: Parameters<typeof transcribe>[0],
    known: AnnotationFormat,
  ): Promise<Transcript> => {
    const copy = await transcribe(rows, temporaryFolder, signal);
    copies.push(copy);
    return { path: copy, format: known, names, columns: [...all] };
  };
  if (kind === 'parquet')
    return transcript(parquetRows(files, { columns, values, all, names, read }), AnnotationFormat.PARQUET);
  if (kind === 'tar') {
    const shards = await unpacked(files, { ...options, read }, copies, signal);
    return transcript(webDatasetRows(shards, { columns, all, read }), AnnotationFormat.WEBDATASET);
  }

  // Whoever opens the file says what is wrong with it.
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  let isCopying = false;
  const onBytes = (bytes: number) => {
    // What was unpacked or decoded is read again.
    if (!isCopying) read.begin(size, 0.5);
    isCopying = true;
    read.add(bytes);
  };
  const plain = await PlainFile.make(path, { ...options, onBytes }, signal);
  if (plain.isCopy) copies.push(plain.path);
  const shape = await shapeOf(plain.path, options);
  if (shape !== 'xml' && shape !== 'via-3-project') return { path: plain.path, shape };
  if (options.columns !== undefined) throw columnsUnused();
  if (shape === 'via-3-project') return transcript(viaProjectRows(plain.path, all), AnnotationFormat.VIA);
  return transcript(merchantRows(plain.path, all, read), AnnotationFormat.MERCHANT_XML);
}

const CONTAINERS: Partial<Record<AnnotationFormat, ContainerKind>> = {
  [AnnotationFormat.PARQUET]: 'parquet',
  [AnnotationFormat.WEBDATASET]: 'tar',
};

/** What a file contains pictures in, also if it is packed with gzip. */
async function kindOfContent(file: string): Promise<ContainerKind | undefined> {
  if ((await packingOf(file)) !== 'gzip') return containerKindOf(file);
  try {
    return kindOf(await headOf(await openContent(file, 'gzip'), HEAD_BYTES));
  } catch {
    // It is damaged; whoever unpacks it says how.
    return undefined;
  }
}

const HEAD_BYTES = 512;

async function bytesOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The archives, those that are packed as copies that are not. */
async function unpacked(
  files: readonly string[],
  options: AnnotationOptions & { readonly read: BytesRead },
  copies: string[],
  signal: AbortSignal,
): Promise<Shard[]> {
  const { read } = options;
  const shards: Shard[] = [];
  const packed = (await Promise.all(files.map(packingOf))).includes('gzip');
  // What was unpacked is read again.
  if (packed) read.begin(await bytesOf(files), 0.5);
  for (const name of files) {
    const plain = await PlainFile.unpack(name, { ...options, onBytes: (bytes) => read.add(bytes) }, signal);
    if (plain.isCopy) copies.push(plain.path);
    shards.push({ file: plain.path, name });
  }
  return shards;
}
