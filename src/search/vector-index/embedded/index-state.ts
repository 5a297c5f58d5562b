import { setImmediate } from 'node:timers/promises';
import { messageOf } from '../../../common/index.ts';
import { readBase, type Base } from './graph-base.ts';
import { Catalogue } from './entries/entry-catalogue.ts';
import { HeldVectors } from './ranking/held-vectors.ts';
import type { IndexRow, VectorReader } from './entries/vector-reader.ts';

const PAGE_ENTRIES = 5_000;
const PAGE_VECTORS = 250;
/** 13,000 vectors of 1280 numbers. */
const RECENT_BYTES = 64 * 1024 * 1024;

/** Vectors in memory. */
interface Held {
  /** Of the base, all of them; undefined where it has codes instead. */
  readonly old: HeldVectors | undefined;
  /** Those that are newer, as many as fit: small indexes wholly, large ones until the next build. */
  readonly recent: HeldVectors;
}

/**
 * One index as this process sees it: the catalogue of its entries, the last build, and the vectors
 * that have come since. It follows the database: whatever process changes the index, the change is
 * read before the next search.
 */
export class IndexState {
  readonly catalogue = new Catalogue();
  /** Why the files of the build in the row are not used. */
  damage: string | undefined;
  base: Base | undefined;
  private held: Held | undefined;
  private removedFromBase = 0;
  private seenChange = -1;
  private seenEntry = 0;
  private seenRemoval = 0;
  private following: Promise<void> | undefined;

  private constructor(
    /** As it was when the state was read. */
    readonly row: IndexRow,
    private readonly reader: VectorReader,
  ) {}

  /** Reads the index; a build whose files are damaged or missing is left out, with the reason in `damage`. */
  static async read(row: IndexRow, directory: string, reader: VectorReader): Promise<IndexState> {
    const state = new IndexState(row, reader);
    state.seenRemoval = Math.max(reader.lastRemoval(row.id), row.purgedTo, row.buildRemoval);
    try {
      const { build } = row;
      if (build !== null) state.base = await readBase(directory, { ...row, indexId: row.id, build });
    } catch (error) {
      state.damage = messageOf(error);
    }
    await state.follow(row);
    return state;
  }

  /** The vector of an entry that is held in memory, where it is; zeros for one that went away early. */
  vectorAt(ordinal: number): Float32Array | undefined {
    const { recent, old } = this.heldVectors;
    return recent.at(ordinal) ?? old?.at(ordinal);
  }

  /** The vectors of the base where they are held in memory, all of them. */
  get heldBase(): HeldVectors | undefined {
    return this.heldVectors.old;
  }

  /** Ordinals from here on are not in the base. */
  get baseEnd(): number {
    return this.heldVectors.recent.first;
  }

  /** Changes that a build would work in. */
  get pending(): number {
    const recent = this.catalogue.size - this.baseEnd;
    return recent + this.removedFromBase;
  }

  /** Whether the row shows the same index, from whose changes nothing has been forgotten. */
  canFollow(row: IndexRow): boolean {
    return row.id === this.row.id && this.seenRemoval >= row.purgedTo;
  }

  isAt(row: IndexRow): boolean {
    return this.seenChange >= row.lastChange;
  }

  /** Reads the changes that the row knows of, and maybe newer ones. */
  async follow(row: IndexRow): Promise<void> {
    while (!this.isAt(row)) {
      this.following ??= this.readChanges(row).finally(() => (this.following = undefined));
      await this.following;
    }
  }

  private async readChanges(row: IndexRow): Promise<void> {
    for (;;) {
      const entries = this.reader.atOnce(() => {
        for (const { id, entryId } of this.reader.removalsAfter(row.id, this.seenRemoval)) {
          this.seenRemoval = id;
          this.noteRemoval(entryId);
        }
        return this.reader.entriesAfter(row.id, this.seenEntry, PAGE_ENTRIES);
      });
      for (const { id, imageId, labels } of entries) this.catalogue.append(id, imageId, labels);
      this.seenEntry = entries.at(-1)?.id ?? this.seenEntry;
      if (entries.length < PAGE_ENTRIES) break;
      await setImmediate();
    }
    const { old, recent } = this.heldVectors;
    if (old !== undefined) await this.keep(old);
    await this.keep(recent);
    this.seenChange = row.lastChange;
  }

  private noteRemoval(entryId: number): void {
    const ordinal = this.catalogue.remove(entryId);
    // While the catalogue is first read, the base's end is not known; `startHolding` counts then.
    if (this.held !== undefined && ordinal !== undefined && ordinal < this.baseEnd) this.removedFromBase++;
  }

  /** There once the catalogue is read. */
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
    const holdsOld = this.base !== undefined && this.base.codes === undefined;
    return {
      old: holdsOld ? new HeldVectors(dimension, 0, first, first) : undefined,
      recent: new HeldVectors(dimension, first, most),
    };
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
