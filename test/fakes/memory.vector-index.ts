import { restoreError } from '../../src/common/index.ts';
import { matches } from '../../src/filters/index.ts';
import { vectorIndexMismatch } from '../../src/search/search.errors.ts';
import {
  VectorIndex,
  type EntryFacts,
  type VectorEntry,
  type VectorIndexSpec,
  type VectorMatch,
  type VectorQuery,
  type VectorSearchResult,
} from '../../src/search/vector-index/vector-index.port.ts';

interface StoredIndex {
  readonly spec: VectorIndexSpec;
  readonly entries: Map<number, VectorEntry>;
}

/** Keeps all vectors in memory and compares all of them. Every other index must agree with it. */
export class MemoryVectorIndex extends VectorIndex {
  readonly kind = 'memory';
  /** While set, every call rejects with it. */
  failure: Error | undefined;
  private readonly indexes = new Map<string, StoredIndex>();

  async open(): Promise<void> {
    this.assertUp();
  }

  async create(spec: VectorIndexSpec): Promise<boolean> {
    this.assertUp();
    const existing = this.indexes.get(spec.name)?.spec;
    if (existing === undefined) {
      this.indexes.set(spec.name, { spec, entries: new Map() });
      return true;
    }
    if (existing.dimension !== spec.dimension || existing.model !== spec.model) {
      throw vectorIndexMismatch(spec.name, existing, spec);
    }
    return false;
  }

  async drop(name: string): Promise<void> {
    this.assertUp();
    this.indexes.delete(name);
  }

  async list(): Promise<VectorIndexSpec[]> {
    return [...this.indexes.values()].map(({ spec }) => spec);
  }

  async upsert(name: string, entries: readonly VectorEntry[]): Promise<void> {
    const index = this.index(name);
    for (const { vector } of entries) assertValid(index.spec, vector);
    for (const entry of entries) index.entries.set(entry.id, entry);
  }

  async update(name: string, facts: readonly EntryFacts[]): Promise<void> {
    const { entries } = this.index(name);
    for (const one of facts) {
      const vector = entries.get(one.id)?.vector;
      if (vector !== undefined) entries.set(one.id, { ...one, vector });
    }
  }

  async delete(name: string, ids: readonly number[]): Promise<void> {
    const { entries } = this.index(name);
    for (const id of ids) entries.delete(id);
  }

  async search(name: string, query: VectorQuery): Promise<VectorSearchResult> {
    const { spec, entries } = this.index(name);
    assertValid(spec, query.vector);
    const { filter, excludeId } = query;
    const nearest: VectorMatch[] = [...entries.values()]
      .filter(({ id }) => id !== excludeId)
      .filter(
        ({ labels, attributes = {} }) => filter === undefined || matches(filter, { labels, attributes }),
      )
      .map(({ id, vector }) => ({ id, score: cosine(vector, query.vector) }))
      .sort((a, b) => b.score - a.score || a.id - b.id)
      .slice(0, query.k);
    return { matches: nearest, exact: true };
  }

  async vectors(name: string, ids: readonly number[]): Promise<Map<number, Float32Array>> {
    const { entries } = this.index(name);
    const found = ids.flatMap((id) => entries.get(id) ?? []);
    return new Map(found.map(({ id, vector }) => [id, vector]));
  }

  async count(name: string): Promise<number> {
    return this.index(name).entries.size;
  }

  async sizeOf(name: string): Promise<number> {
    const { spec, entries } = this.index(name);
    return entries.size * spec.dimension * Float32Array.BYTES_PER_ELEMENT;
  }

  async optimise(name: string, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    this.index(name);
    signal?.throwIfAborted();
  }

  async ping(): Promise<void> {
    this.assertUp();
  }

  async close(): Promise<void> {
    this.indexes.clear();
  }

  private index(name: string): StoredIndex {
    this.assertUp();
    const index = this.indexes.get(name);
    if (index === undefined)
      throw restoreError({ code: 'VECTOR_INDEX_NOT_FOUND', message: `There is no index ${name}` });
    return index;
  }

  private assertUp(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

function assertValid({ dimension }: VectorIndexSpec, vector: Float32Array): void {
  const norm = Math.hypot(...vector);
  if (vector.length !== dimension || !Number.isFinite(norm) || norm === 0) {
    throw restoreError({ code: 'VECTOR_INVALID', message: 'The vector cannot be used' });
  }
}

function cosine(a: Float32Array, b: Float32Array): number {
  return Math.max(-1, Math.min(1, dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}
