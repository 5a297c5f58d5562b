import { messageOf } from '../../../common/index.ts';
import { vectorIndexNotFound } from '../../search.errors.ts';
import { IndexState } from './index-state.ts';
import type { IndexRow, VectorReader } from './entries/vector-reader.ts';

export interface Log {
  log(message: string): void;
  warn(message: string): void;
}

/** The indexes that this process has in memory: read at their first use, and kept as the database has them. */
export class OpenIndexes {
  private readonly states = new Map<string, IndexState>();
  private readonly reading = new Map<string, Promise<void>>();

  constructor(
    private readonly directory: string,
    private readonly reader: VectorReader,
    private readonly logger?: Log,
  ) {}

  has(name: string): boolean {
    return this.states.has(name);
  }

  /** The index in the database. Throws `VECTOR_INDEX_NOT_FOUND`. */
  row(name: string): IndexRow {
    const row = this.reader.index(name);
    if (row === undefined) {
      this.forget(name);
      throw vectorIndexNotFound(name);
    }
    return row;
  }

  /** The index as it is now in the database, or was in the row just read, whichever process changed it. */
  async current(name: string, read?: IndexRow): Promise<IndexState> {
    for (let row = read ?? this.row(name); ; row = this.row(name)) {
      const state = this.states.get(name);
      if (!state?.canFollow(row)) {
        await this.read(name);
        continue;
      }
      if (!state.isAt(row)) await state.follow(row);
      // A newer build is read while the older one still answers.
      if (state.row.build !== row.build) {
        this.read(name).catch((error: unknown) => {
          this.logger?.warn(`The new search graph of "${name}" could not be read: ${messageOf(error)}`);
        });
      }
      return state;
    }
  }

  /** Has the build in use in memory when it resolves. */
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

  /** Reads the index anew and puts it in the place of what is held of it. */
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
      state = await IndexState.read(row, this.directory, this.reader);
      // A build that went out of use while it was read may have lost its files to a sweep.
      if (state.damage === undefined || this.row(name).build === row.build) break;
    }
    if (state.damage !== undefined) {
      this.logger?.warn(
        `The search graph of the index "${name}" is not used (${state.damage}). ` +
          'Searches compare every vector until it is built again.',
      );
    }
    this.states.set(name, state);
  }
}
