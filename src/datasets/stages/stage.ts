/** A folder of files that a client puts together before it imports them. */
export interface Stage {
  /** 22 characters that cannot be guessed. */
  readonly id: string;
  readonly files: number;
  /** Of all files together. */
  readonly bytes: number;
  readonly expiresAt: Date;
}
