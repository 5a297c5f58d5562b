/** Tells which share of the bytes has been read that have to be read before there is a first row. */
export class BytesRead {
  private from = 0;
  private until = 0;
  private total = 0;
  private read = 0;

  constructor(private readonly tell: (share: number) => void = () => undefined) {}

  /** From now on, `total` bytes are read, after which this share of all will have been read. */
  begin(total: number, until: number): void {
    this.from = this.until;
    this.until = until;
    this.total = total;
    this.read = 0;
  }

  add(bytes: number): void {
    if (bytes <= 0) return;
    this.read = Math.min(this.total, this.read + bytes);
    if (this.total > 0) this.tell(this.from + ((this.until - this.from) * this.read) / this.total);
  }
}
