import { messageOf } from '../../../common/index.ts';
import { UntilWritten, type CommittedReads } from '../../../database/index.ts';
import { vectorIndexNotFound } from '../../search.errors.ts';
import { IndexState } from './index-state.ts';
import type { IndexRow, VectorReader } from './entries/vector-reader.ts';

export interface Log {
  log(message: string): void;
  warn(message: string): void;
}

/** The indexes that this process has in memory. They are read when first used and kept up to date with the database. */
export class OpenIndexes {
  private readonly states = new Map<string, IndexState>();
  private readonly reading = new Map<string, Promise<void>>();
  private readonly rows: UntilWritten<string, IndexRow>;

  constructor(
    private readonly directory: string,
    private readonly reader: VectorReader,
    reads: CommittedReads,
    private readonly heldBytes: number,
    private readonly logger?: Log,
  ) {
    this.rows = new UntilWritten(reads, (names) => {
      const rows = names.map((name) => [name, reader.index(name)] as const);
      return new Map(rows.flatMap(([name, row]) => (row === undefined ? [] : [[name, row]])));
    });
  }

  has(name: string): boolean {
    return this.states.has(name);
  }

  /** The row of the index in the database. Throws `VECTOR_INDEX_NOT_FOUND`. */
  row(name: string): IndexRow {
    const row = this.rows.get(name);
    if (row === undefined) {
      this.forget(name);
      throw vectorIndexNotFound(name);
    }
    return row;
  }

  /** The index as it is in the database now, or as of a row that has just been read. */
  async current(name: string, read?: IndexRow): Promise<IndexState> {
    for (let row = read ?? this.row(name); ; row = this.row(name)) {
      const state = this.states.get(name);
      if (!state?.canFollow(row)) {
        await this.read(name);
        continue;
      }
      if (!state.isAt(row)) await state.follow(row);
      // A newer build is read in the background while the older one still answers.
      if (state.row.build !== row.build) {
        this.read(name).catch((error: unknown) => {
          this.logger?.warn(`The new search graph of "${name}" could not be read: ${messageOf(error)}`);
        });
      }
      return state;
    }
  }

  /** Reads the index again. Once it resolves, the build in use is in memory. */
  async reread(name: string): Promise<void> {
    do await this.read(name);
    while (this.states.get(name)?.row.build !== this.row(name).build);
  }

  forget(name: string): void {
    this.states.delete(name);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.reading.values());
    this.states.clear();
  }

  /** Reads the index and replaces what is held of it in memory. */
  private read(name: string): Promise<void> {
    let reading = this.reading.get(name);
    if (reading === undefined) {
      reading = this.readState(name).finally(() => this.reading.delete(name));
      this.reading.set(name, reading);
    }
    return reading;
  }

  private async readState(name: string): Promise<void> {
    let state: IndexState;
    for (;;) {
      const row = this.row(name);
      state = await IndexState.read(row, this.directory, this.reader, this.heldBytes);
      // If the build was replaced while it was being read, a sweep may have deleted its files.
      if (state.damage === undefined || this.row(name).build === row.build) break;
    }
    if (state.damage !== undefined) {
      this.logger?.warn(
        `The search graph of the index "${name}" cannot be used (${state.damage}). ` +
          'Searches compare every vector until it has been built again.',
      );
    }
    this.states.set(name, state);
  }
}
