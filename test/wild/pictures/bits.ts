/** Writes numbers of any width, the highest bit first. */
export class BitWriter {
  private readonly bytes: number[] = [];
  private held = 0;
  private count = 0;

  private readonly onByte: (byte: number) => readonly number[];

  /** `onByte` adds what a format wants behind a byte. */
  constructor(onByte: (byte: number) => readonly number[] = () => []) {
    this.onByte = onByte;
  }

  /** Up to 32 bits. */
  put(value: number, width: number): this {
    for (let bit = width - 1; bit >= 0; bit -= 1) {
      this.held = (this.held << 1) | (Math.floor(value / 2 ** bit) & 1);
      this.count += 1;
      if (this.count === 8) this.flush();
    }
    return this;
  }

  /** Fills the last byte with copies of one bit. */
  fill(bit: 0 | 1): this {
    while (this.count > 0) this.put(bit, 1);
    return this;
  }

  raw(...bytes: readonly number[]): this {
    if (this.count > 0) throw new Error('Bytes begin at the beginning of a byte');
    this.bytes.push(...bytes);
    return this;
  }

  result(): Buffer {
    if (this.count > 0) throw new Error('The last byte is not full');
    return Buffer.from(this.bytes);
  }

  private flush(): void {
    this.bytes.push(this.held, ...this.onByte(this.held));
    this.held = 0;
    this.count = 0;
  }
}
