import { FactColumns } from '../columns/fact-columns.ts';
import { withRoom } from '../columns/growing.ts';
import { decodeAttributes } from './stored-attributes.ts';

/** How many lists of labels are remembered by their JSON. */
const REMEMBERED_JSON = 10_000;
/** How many entries make a block. */
export const BLOCK_ROWS = 16_384;

/** What is stored of an entry beside its vector. */
export interface StoredFacts {
  /** JSON array of strings. */
  readonly labels: string;
  /** As `encodeAttributes` writes them. */
  readonly attributes: string;
}

/**
 * The entries of an index, their labels and their attributes: everything that is held in memory about an entry, about
 * 20 bytes and 4 or 8 for each attribute. The position of an entry, its ordinal, never changes and increases with the
 * entry's id.
 */
export class EntryCatalogue {
  readonly columns = new FactColumns();
  private ids = new Float64Array(1024);
  private imageIds = new Float64Array(1024);
  /** One bit for each entry that has not been removed. */
  private alive = new Uint32Array(32);
  private length = 0;
  private goneCount = 0;
  private readonly versions: number[] = [];
  /** Most entries share their labels with others, so that most JSON is parsed only once. */
  private readonly labelsByJson = new Map<string, readonly string[]>();

  /** The number of entries, including those that have been removed. */
  get size(): number {
    return this.length;
  }

  /** The number of entries that have not been removed. */
  get live(): number {
    return this.length - this.goneCount;
  }

  /** The number of blocks that the entries fill, the last one in part. */
  get blocks(): number {
    return this.versions.length;
  }

  /** Increases with each change to the entries of a block. */
  versionOf(block: number): number {
    return this.versions[block]!;
  }

  idOf(ordinal: number): number {
    return this.ids[ordinal]!;
  }

  imageIdOf(ordinal: number): number {
    return this.imageIds[ordinal]!;
  }

  isLive(ordinal: number): boolean {
    return (this.alive[ordinal >>> 5]! & (1 << (ordinal & 31))) !== 0;
  }

  /** Ids must be appended in ascending order. */
  append(id: number, imageId: number, facts: StoredFacts): void {
    const ordinal = this.length++;
    this.ids = withRoom(this.ids, this.length);
    this.imageIds = withRoom(this.imageIds, this.length);
    this.alive = withRoom(this.alive, (ordinal >>> 5) + 1);
    this.alive[ordinal >>> 5]! |= 1 << (ordinal & 31);
    this.ids[ordinal] = id;
    this.imageIds[ordinal] = imageId;
    this.setFacts(ordinal, facts);
  }

  /** Replaces the labels and attributes of an entry. Does nothing if it does not exist. */
  update(id: number, facts: StoredFacts): void {
    const ordinal = this.ordinalOf(id);
    if (ordinal !== undefined) this.setFacts(ordinal, facts);
  }

  /** Removes an entry and returns its ordinal; undefined if it did not exist. */
  remove(id: number): number | undefined {
    const ordinal = this.ordinalOf(id);
    if (ordinal === undefined || !this.isLive(ordinal)) return undefined;
    this.alive[ordinal >>> 5]! &= ~(1 << (ordinal & 31));
    this.goneCount++;
    this.noteChange(ordinal);
    return ordinal;
  }

  /** The ordinal of an entry; undefined if the catalogue never had it. */
  ordinalOf(id: number): number | undefined {
    // Ids that were written together have no gaps.
    const likely = id - this.ids[0]!;
    if (likely < this.length && this.ids[likely] === id) return likely;
    const ordinal = this.firstAfter(id - 1);
    return ordinal < this.length && this.ids[ordinal] === id ? ordinal : undefined;
  }

  /** The first ordinal whose entry has a greater id. */
  firstAfter(id: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ids[middle]! > id) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Clears the marks of entries that do not exist. Bit n stands for the ordinal `from` + n; `from` is a multiple of 32. */
  keepLive(from: number, marks: Uint32Array): void {
    for (let word = 0; word < marks.length; word++) marks[word]! &= this.alive[(from >>> 5) + word] ?? 0;
  }

  private setFacts(ordinal: number, { labels, attributes }: StoredFacts): void {
    this.columns.set(
      ordinal,
      this.parsedLabels(labels),
      attributes === '{}' ? {} : decodeAttributes(attributes),
    );
    this.noteChange(ordinal);
  }

  private noteChange(ordinal: number): void {
    const block = Math.floor(ordinal / BLOCK_ROWS);
    this.versions[block] = (this.versions[block] ?? 0) + 1;
  }

  private parsedLabels(json: string): readonly string[] {
    let labels = this.labelsByJson.get(json);
    if (labels === undefined) {
      labels = JSON.parse(json) as string[];
      if (this.labelsByJson.size >= REMEMBERED_JSON) this.labelsByJson.clear();
      this.labelsByJson.set(json, labels);
    }
    return labels;
  }
}
