/** Where the bytes of a picture are inside another file. A type, not an interface: rows hold it as JSON. */
export type ContainedPicture = Readonly<{
  /** The absolute path of the file. */
  file: string;
  /** How the picture is named in messages, and what its file name is taken from: "shard-0.tar/0001.jpg". */
  name: string;
  /** A range of bytes, or a column of Parquet and the number of a row, from 0. */
  at: Readonly<{ offset: number; bytes: number }> | Readonly<{ column: string; row: number }>;
}>;
