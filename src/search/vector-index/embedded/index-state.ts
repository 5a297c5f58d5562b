import { setImmediate } from 'node:timers/promises';
import { messageOf } from '../../../common/index.ts';
import { BaseRows } from './base-rows.ts';
import { holdsVectors, loadBuild, type LoadedBuild } from './build/loaded-build.ts';
import { Selections } from './columns/selections.ts';
import { EntryCatalogue } from './entries/entry-catalogue.ts';
import { HeldVectors } from './ranking/held-vectors.ts';
import { Strays } from './ranking/strays.ts';
import type { IndexRow, VectorReader } from './entries/vector-reader.ts';

const PAGE_ENTRIES = 5_000;
const PAGE_VECTORS = 250;
/** 13,000 vectors of 1,280 numbers. */
const RECENT_BYTES = 64 * 1024 * 1024;

/** Vectors that are held in memory. */
interface Held {
  /** All vectors of the build; undefined if they are too many or too long. */
  readonly old: HeldVectors | undefined;
  /** The rows of the graph; undefined without a build. */
  readonly rows: BaseRows | undefined;
  /** The entries of the build that walks do not find; undefined without a build. */
  readonly strays: Strays | undefined;
  /** The newer vectors, as many as fit: all of a small index, and of a large one those since the last build. */
  readonly recent: HeldVectors;
}

/**
 * One index as this process sees it: the catalogue of its entries, the latest build, and the vectors that have
 * been added since. It follows the database: changes by any process are read before the next search.
 */
export class IndexState {
  readonly catalogue = new EntryCatalogue();
  readonly selections = new Selections(this.catalogue);
  /** Why the files of the build that the row names are not used. */
  damage: string | undefined;
  base: LoadedBuild | undefined;
  private held: Held | undefined;
  private removedFromBase = 0;
  private seenChange = -1;
  private seenEntry = 0;
  private seenRemoval = 0;
  private seenUpdate: { readonly change: number; readonly id: number };
  private following: Promise<void> | undefined;

  private constructor(
    /** The row as it was when the state was read. */
    readonly row: IndexRow,
    private readonly reader: VectorReader,
    private readonly heldBytes: number,
  ) {
    // Entries are read as they are now.
    this.seenUpdate = { change: row.lastChange, id: Number.MAX_SAFE_INTEGER };
  }

  /**
   * Reads the index. If files of the build are damaged or missing, it is not used, and `damage` says why. Float vectors
   * of the build are held in memory if all of them fit into `heldBytes`.
   */
  static async read(
    row: IndexRow,
    directory: string,
    reader: VectorReader,
    heldBytes: number,
  ): Promise<IndexState> {
    const state = new IndexState(row, reader, heldBytes);
    state.seenRemoval = Math.max(reader.lastRemoval(row.id), row.purgedTo, row.buildRemoval);
    try {
      const { build } = row;
      if (build !== null) state.base = await loadBuild(directory, { ...row, indexId: row.id, build });
    } catch (error) {
      state.damage = messageOf(error);
    }
    await state.follow(row);
    return state;
  }

  /** The vector of an entry if it is held in memory. Zeros for one that was removed before it was read. */
  vectorAt(ordinal: number): Float32Array | undefined {
    const { recent, old } = this.heldVectors;
    return recent.at(ordinal) ?? old?.at(ordinal);
  }

  /** All vectors of the build, if they are held in memory. */
  get heldBase(): HeldVectors | undefined {
    return this.heldVectors.old;
  }

  /** The rows of the graph; undefined if there is no build. */
  get rows(): BaseRows | undefined {
    return this.heldVectors.rows;
  }

  /** The entries of the build that walks do not find; undefined if there is no build. */
  get strays(): Strays | undefined {
    return this.heldVectors.strays;
  }

  /** Entries with ordinals from here on are not in the build. */
  get baseEnd(): number {
    return this.heldVectors.recent.first;
  }

  /** The number of changes that a new build would take in. */
  get pending(): number {
    const recent = this.catalogue.size - this.baseEnd;
    return recent + this.removedFromBase;
  }

  /** Whether the row is of the same index, and no removal that this state has not seen has been purged. */
  canFollow(row: IndexRow): boolean {
    return row.id === this.row.id && this.seenRemoval >= row.purgedTo;
  }

  /** Whether all changes that the row knows of have been read. */
  isAt(row: IndexRow): boolean {
    return this.seenChange >= row.lastChange;
  }

  /** Reads all changes up to those that the row knows of, and possibly newer ones. */
  async follow(row: IndexRow): Promise<void> {
    while (!this.isAt(row)) {
      this.following ??= this.readChanges(row).finally(() => (this.following = undefined));
      await this.following;
    }
  }

  private async readChanges(row: IndexRow): Promise<void> {
    for (;;) {
      const { entries, updates } = this.reader.atOnce(() => {
        for (const { id, entryId } of this.reader.removalsAfter(row.id, this.seenRemoval)) {
          this.seenRemoval = id;
          this.noteRemoval(entryId);
        }
        return {
          updates: this.reader.updatesAfter(row.id, this.seenUpdate, PAGE_ENTRIES),
          entries: this.reader.entriesAfter(row.id, this.seenEntry, PAGE_ENTRIES),
        };
      });
      for (const update of updates) this.catalogue.update(update.id, update);
      this.seenUpdate = updates.at(-1) ?? this.seenUpdate;
      for (const entry of entries) this.catalogue.append(entry.id, entry.imageId, entry);
      this.seenEntry = entries.at(-1)?.id ?? this.seenEntry;
      if (entries.length < PAGE_ENTRIES && updates.length < PAGE_ENTRIES) break;
      await setImmediate();
    }
    const { old, recent } = this.heldVectors;
    if (old !== undefined) await this.keep(old);
    await this.keep(recent);
    this.seenChange = row.lastChange;
  }

  private noteRemoval(entryId: number): void {
    const ordinal = this.catalogue.remove(entryId);
    // Until the catalogue has been read once, the end of the build is unknown; `startHolding` counts then.
    if (this.held === undefined || ordinal === undefined || ordinal >= this.baseEnd) return;
    this.removedFromBase++;
    this.held.rows?.remove(ordinal);
  }

  /** Available once the catalogue has been read. */
  private get heldVectors(): Held {
    return (this.held ??= this.startHolding());
  }

  private startHolding(): Held {
    const { dimension } = this.row;
    const first = this.base === undefined ? 0 : this.catalogue.firstAfter(this.base.sidecar.lastEntry);
    if (this.base !== undefined) {
      let live = 0;
      for (let ordinal = 0; ordinal < first; ordinal++) if (this.catalogue.isLive(ordinal)) live++;
      this.removedFromBase = this.base.sidecar.count - live;
    }
    const most = Math.floor(RECENT_BYTES / (Float32Array.BYTES_PER_ELEMENT * dimension));
    const holdsOld =
      this.base !== undefined && holdsVectors(dimension, this.base.sidecar.count, this.heldBytes);
    return {
      rows: this.base && new BaseRows(this.base.graph, this.catalogue, first),
      strays: this.base && this.straysOf(this.base),
      old: holdsOld ? new HeldVectors(dimension, 0, first, first) : undefined,
      recent: new HeldVectors(dimension, first, most),
    };
  }

  private straysOf({ sidecar }: LoadedBuild): Strays {
    const { catalogue } = this;
    const ordinals = sidecar.strays.map((id) => catalogue.ordinalOf(id)).filter((one) => one !== undefined);
    return new Strays(ordinals, this.row.dimension, (ordinal) => this.reader.vector(catalogue.idOf(ordinal)));
  }

  private async keep(vectors: HeldVectors): Promise<void> {
    while (vectors.end < this.catalogue.size && !vectors.isFull) {
      const ids: number[] = [];
      for (let ordinal = vectors.end; ordinal < this.catalogue.size && ids.length < PAGE_VECTORS; ordinal++) {
        ids.push(this.catalogue.idOf(ordinal));
      }
      const found: (Float32Array | undefined)[] = new Array<undefined>(ids.length);
      this.reader.vectors(ids, (place, vector) => (found[place] = vector));
      for (const vector of found) if (!vectors.isFull) vectors.append(vector);
      if (ids.length === PAGE_VECTORS) await setImmediate();
    }
  }
}
