import { open, type FileHandle } from 'node:fs/promises';
import {
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type FileMetaData,
  type SchemaTree,
} from 'hyparquet';
import { compressors as codecs } from 'hyparquet-compressors';
import { annotationsInvalid } from '../annotations.errors.ts';
import { AppError, messageOf, systemCodeOf } from '../../common/index.ts';

/** What a column may have in a group of rows at most, compressed and not. */
const MAX_GROUP_BYTES = 512 * 1024 * 1024;
/** Groups of many writers have a million. */
const MAX_GROUP_ROWS = 10_000_000;
const MAX_FOOTER_BYTES = 64 * 1024 * 1024;

/** A run of rows that are read together. */
export interface RowGroup {
  /** The number of its first row in the file, from 0, and of the row behind its last. */
  readonly from: number;
  readonly to: number;
}

/** A column of a Parquet file. */
export interface ParquetColumn {
  readonly name: string;
  /** Whether its values are pictures: bytes, or a struct of bytes and a path, as Hugging Face writes it. */
  readonly isPicture: boolean;
  /** Whether that struct has a path as well. */
  readonly hasPath: boolean;
}

/** Names of columns whose bytes are pictures, also where the file does not say that they are no text. */
const PICTURE_NAMES = new Set([
  'image',
  'img',
  'picture',
  'photo',
  'bytes',
  'image_bytes',
  'jpg',
  'jpeg',
  'png',
  'webp',
]);

/**
 * A Parquet file that is read one group of rows at a time. Every method rejects with `ANNOTATIONS_INVALID` if the file
 * is damaged, or one of its groups has more than 512 MB. Close it when it is no longer needed.
 */
export class ParquetFile {
  readonly columns: readonly ParquetColumn[];
  /** The number of rows. */
  readonly rows: number;
  readonly groups: readonly RowGroup[];
  /** What the writer has noted, by its keys. */
  readonly notes: ReadonlyMap<string, string>;
  /** How many bytes the group that is being read has had so far. */
  private unpacked = 0;

  private constructor(
    private readonly handle: FileHandle,
    private readonly bytes: number,
    private readonly metadata: FileMetaData,
    private readonly maxGroupBytes: number,
  ) {
    this.columns = parquetSchema(metadata).children.map(columnOf);
    this.rows = Number(metadata.num_rows);
    let from = 0;
    this.groups = metadata.row_groups.map(({ num_rows }) => {
      const rows = Number(num_rows);
      if (!(rows >= 0 && rows <= MAX_GROUP_ROWS)) throw new Error(`a group has ${rows} rows`);
      const group = { from, to: from + rows };
      from = group.to;
      return group;
    });
    if (from !== this.rows || from > bytes)
      throw new Error(`its ${this.rows} rows are not those of its groups`);
    this.notes = new Map((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? '']));
  }

  /** `maxGroupBytes`: what the values of one column in one group may have at most, compressed and not. */
  static async open(file: string, maxGroupBytes = MAX_GROUP_BYTES): Promise<ParquetFile> {
    return sound(async () => {
      const handle = await open(file);
      try {
        const { size } = await handle.stat();
        const metadata = await parquetMetadataAsync(sliced(handle, size, MAX_FOOTER_BYTES), {
          geoparquet: false,
        });
        return new ParquetFile(handle, size, metadata, maxGroupBytes);
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  /** The values of a column in the rows of one group. `raw`: whether bytes stay bytes where they may be text. */
  async read(column: string, { from, to }: RowGroup, raw = false): Promise<ArrayLike<unknown>> {
    return sound(async () => {
      this.unpacked = 0;
      const scan = await parquetScan({
        file: sliced(this.handle, this.bytes, this.maxGroupBytes),
        metadata: this.metadata,
        columns: [column],
        compressors: this.guarded(),
        utf8: !raw,
      });
      const values = await scan.readColumn({ column, rowStart: from, rowEnd: to });
      if (values.length !== to - from) throw new Error(`the column "${column}" has ${values.length} values`);
      return values;
    });
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  /** The group that a row is in; undefined if there is no such row. */
  groupOf(row: number): RowGroup | undefined {
    return this.groups.find(({ from, to }) => row >= from && row < to);
  }

  /** Pages say themselves how large they become, so nothing is unpacked beyond the limit. */
  private guarded(): typeof codecs {
    const entries = Object.entries(codecs).map(([codec, unpack]) => [
      codec,
      (input: Uint8Array, bytes: number) => {
        this.unpacked += bytes;
        if (this.unpacked > this.maxGroupBytes || bytes < 0) throw tooLarge();
        return unpack(input, bytes);
      },
    ]);
    return Object.fromEntries(entries) as typeof codecs;
  }
}

function columnOf({ element, children }: SchemaTree): ParquetColumn {
  const { name } = element;
  const isBytes = (tree: SchemaTree) =>
    tree.element.type === 'BYTE_ARRAY' &&
    tree.element.converted_type === undefined &&
    tree.element.logical_type === undefined;
  const bytes = children.find((child) => child.element.name === 'bytes');
  if (bytes !== undefined && isBytes(bytes)) {
    return { name, isPicture: true, hasPath: children.some((child) => child.element.name === 'path') };
  }
  const isPicture =
    children.length === 0 &&
    PICTURE_NAMES.has(name.toLowerCase()) &&
    isBytes({ element, children } as SchemaTree);
  return { name, isPicture, hasPath: false };
}

function sliced(handle: FileHandle, byteLength: number, maxBytes: number) {
  return {
    byteLength,
    async slice(start: number, end = byteLength): Promise<ArrayBuffer> {
      const length = end - start;
      if (length > maxBytes || length < 0 || start < 0) throw tooLarge();
      const bytes = new ArrayBuffer(length);
      const { bytesRead } = await handle.read(new Uint8Array(bytes), 0, length, start);
      if (bytesRead < length) throw annotationsInvalid('the Parquet file ends too early', null);
      return bytes;
    },
  };
}

function tooLarge(): Error {
  return annotationsInvalid(
    'a group of rows of the Parquet file has more than 512 MB in one column. Write it again with smaller groups (row_group_size)',
    null,
  );
}

/** Whatever the parser says of a file that it cannot read means that the file is damaged. */
async function sound<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError || systemCodeOf(error) !== undefined) throw error;
    throw annotationsInvalid(`the Parquet file is damaged (${messageOf(error)})`, null);
  }
}
