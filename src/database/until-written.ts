import { LRUCache } from 'lru-cache';
import type { CommittedReads } from './committed-reads.ts';

/**
 * Values that are read from the database more often than they change. All are forgotten as soon as anything has
 * been committed, by this process or another, so they are never out of date. They are shared: nobody may change them.
 */
export class UntilWritten<Key extends number | string, Value extends object> {
  private version: number | undefined;
  private readonly values: LRUCache<Key, Value>;

  /**
   * `load` must read through `reads`, and at once: otherwise a value could be older than its version. Keys that
   * it does not return do not exist. The values used most recently are kept, up to `max`.
   */
  constructor(
    private readonly reads: CommittedReads,
    private readonly load: (keys: readonly Key[]) => ReadonlyMap<Key, Value>,
    { max = 1_000 }: { readonly max?: number } = {},
  ) {
    this.values = new LRUCache({ max });
  }

  get(key: Key): Value | undefined {
    this.forgetOld();
    return this.values.get(key) ?? this.loadAll([key]).get(key);
  }

  /** The values that exist, in the order of the keys. */
  getAll(keys: readonly Key[]): Map<Key, Value> {
    this.forgetOld();
    const all = new Map<Key, Value>();
    for (const key of keys) {
      const value = this.values.get(key);
      if (value === undefined) return this.getOrLoadAll(keys);
      all.set(key, value);
    }
    return all;
  }

  private getOrLoadAll(keys: readonly Key[]): Map<Key, Value> {
    const found = keys.map((key) => this.values.get(key));
    const loaded = this.loadAll(keys.filter((_, at) => found[at] === undefined));
    const all = new Map<Key, Value>();
    for (const [at, key] of keys.entries()) {
      const value = found[at] ?? loaded.get(key);
      if (value !== undefined) all.set(key, value);
    }
    return all;
  }

  private loadAll(keys: readonly Key[]): ReadonlyMap<Key, Value> {
    const loaded = this.load(keys);
    for (const key of keys) {
      const value = loaded.get(key);
      if (value !== undefined) this.values.set(key, value);
    }
    return loaded;
  }

  private forgetOld(): void {
    const version = this.reads.version();
    if (version === this.version) return;
    this.values.clear();
    this.version = version;
  }
}
