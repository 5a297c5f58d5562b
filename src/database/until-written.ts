import type { CommittedReads } from './committed-reads.ts';

/**
 * Values that are derived from the database and seldom change. All are forgotten as soon as anything has been
 * committed, by this process or another, so they are never out of date.
 */
export class UntilWritten<Key, Value> {
  private version: number | undefined;
  private readonly values = new Map<Key, Value>();

  /** `load` must read through `reads`, and at once: otherwise a value could be older than its version. */
  constructor(
    private readonly reads: CommittedReads,
    private readonly load: (key: Key) => Value,
  ) {}

  get(key: Key): Value {
    const version = this.reads.version();
    if (version !== this.version) {
      this.values.clear();
      this.version = version;
    }
    const known = this.values.get(key);
    if (known !== undefined || this.values.has(key)) return known as Value;
    const value = this.load(key);
    this.values.set(key, value);
    return value;
  }
}
