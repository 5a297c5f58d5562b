import BetterSqlite3 from 'better-sqlite3';

// Only erasable TypeScript: worker threads run this file from source.

/** A row of `vector_indexes`. */
export interface IndexRow {
  readonly id: number;
  readonly name: string;
  readonly dimension: number;
  readonly model: string;
  readonly entryCount: number;
  readonly lastChange: number;
  readonly build: string | null;
  readonly buildRemoval: number;
  readonly purgedTo: number;
}

export interface EntryRow {
  readonly id: number;
  readonly imageId: number;
  /** JSON array of strings. */
  readonly labels: string;
  /** As `encodeAttributes` writes them. */
  readonly attributes: string;
}

/** An entry that was updated without its vector. */
export interface UpdateRow extends Omit<EntryRow, 'imageId'> {
  /** The change of the index that has updated it last. */
  readonly change: number;
}

const INDEX_COLUMNS = `id, name, dimension, model, entry_count as entryCount, last_change as lastChange,
  build, build_removal as buildRemoval, purged_to as purgedTo`;

/** Reading a range is preferred to single queries while it contains at most this many unwanted vectors per wanted one. */
const WASTE = 2;

/**
 * Reads the tables of the embedded index through a connection of its own, with statements that are prepared once:
 * a search reads about twenty vectors and must not wait for a transaction that is open elsewhere.
 */
export class VectorReader {
  private readonly connection: BetterSqlite3.Database;
  private readonly statements = new Map<string, BetterSqlite3.Statement>();
  /** Used most often by far, so it is not looked up by its SQL. */
  private vectorOf: BetterSqlite3.Statement | undefined;

  constructor(file: string) {
    this.connection = new BetterSqlite3(file, { readonly: true });
    this.connection.pragma('busy_timeout = 15000');
    this.connection.pragma('cache_size = -8000');
  }

  index(name: string): IndexRow | undefined {
    return this.statement(`select ${INDEX_COLUMNS} from vector_indexes where name = ?`).get(name) as
      IndexRow | undefined;
  }

  indexes(): IndexRow[] {
    return this.statement(`select ${INDEX_COLUMNS} from vector_indexes order by name`).all() as IndexRow[];
  }

  /** The greatest id of a removal from the index; 0 if there is none. */
  lastRemoval(index: number): number {
    return this.statement('select coalesce(max(id), 0) from vector_removals where index_id = ?')
      .pluck()
      .get(index) as number;
  }

  removalsAfter(index: number, id: number): { id: number; entryId: number }[] {
    return this.statement(
      'select id, entry_id as entryId from vector_removals where index_id = ? and id > ? order by id',
    ).all(index, id) as { id: number; entryId: number }[];
  }

  entriesAfter(index: number, id: number, limit: number): EntryRow[] {
    return this.statement(
      `select id, image_id as imageId, labels, attributes from vector_entries
       where index_id = ? and id > ? order by id limit ?`,
    ).all(index, id, limit) as EntryRow[];
  }

  /** The entries that were updated after a change, or by it and have a greater id, in this order. */
  updatesAfter(index: number, after: { change: number; id: number }, limit: number): UpdateRow[] {
    return this.statement(
      `select id, updated as change, labels, attributes from vector_entries
       where index_id = ? and updated is not null and (updated, id) > (?, ?) order by updated, id limit ?`,
    ).all(index, after.change, after.id, limit) as UpdateRow[];
  }

  entryIdsAfter(index: number, id: number, limit: number): number[] {
    return this.statement('select id from vector_entries where index_id = ? and id > ? order by id limit ?')
      .pluck()
      .all(index, id, limit) as number[];
  }

  /** The entry of each image that has one. */
  entriesOf(index: number, imageIds: readonly number[]): { id: number; imageId: number }[] {
    const statement = this.statement(
      'select id from vector_entries where index_id = ? and image_id = ?',
    ).pluck();
    return imageIds.flatMap((imageId) => {
      const id = statement.get(index, imageId) as number | undefined;
      return id === undefined ? [] : [{ id, imageId }];
    });
  }

  /** The vector of the entry; undefined if it was deleted. Valid until the next call. */
  vector(entryId: number): Float32Array | undefined {
    this.vectorOf ??= this.connection.prepare('select vector from vector_values where id = ?').pluck();
    const blob = this.vectorOf.get(entryId) as Buffer | undefined;
    return blob && viewOf(blob);
  }

  /** Calls back with the vectors of the entries that exist. Ids must be ascending; pass a few hundred at a time. */
  vectors(entryIds: readonly number[], each: (place: number, vector: Float32Array) => void): void {
    const first = entryIds[0];
    const last = entryIds.at(-1);
    if (first === undefined || last === undefined) return;
    if (last - first + 1 > entryIds.length * (1 + WASTE)) {
      for (const [place, id] of entryIds.entries()) {
        const vector = this.vector(id);
        if (vector !== undefined) each(place, vector);
      }
      return;
    }
    const rows = this.statement(
      'select id, vector from vector_values where id between ? and ? order by id',
    ).all(first, last) as { id: number; vector: Buffer }[];
    let place = 0;
    for (const { id, vector } of rows) {
      while (place < entryIds.length && entryIds[place]! < id) place++;
      if (entryIds[place] === id) each(place, viewOf(vector));
    }
  }

  /** Runs `read` in one transaction, so that everything it reads is from the same moment. */
  atOnce<Result>(read: () => Result): Result {
    return this.connection.transaction(read)();
  }

  ping(): void {
    this.statement('select 1 from vector_indexes limit 1').get();
  }

  close(): void {
    this.connection.close();
  }

  private statement(sql: string): BetterSqlite3.Statement {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.connection.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }
}

/** Views the blob without copying it if its alignment in memory allows that. */
function viewOf(blob: Buffer): Float32Array {
  const aligned = blob.byteOffset % 4 === 0 ? blob : new Uint8Array(blob);
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
