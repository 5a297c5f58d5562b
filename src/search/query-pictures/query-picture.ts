/** A picture that was added to search with it. */
export interface QueryPicture {
  /** 22 characters that nobody can guess: whoever has the id may see the picture. */
  readonly id: string;
  /** Of its bytes, in lower-case hex. */
  readonly sha256: string;
  /** `jpeg`, `png`, `webp`, `gif`, `avif`, `tiff` or `heic`. */
  readonly format: string;
  /** Pixels, with the picture upright. */
  readonly width: number;
  readonly height: number;
  /** The size of its file and its thumbnail. */
  readonly bytes: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}
