/** How many lists of labels are remembered by their JSON. */
const REMEMBERED_JSON = 10_000;

/**
 * The entries of an index and their labels: everything that is held in memory about an entry, about 20 bytes. The
 * position of an entry, its ordinal, never changes and increases with the entry's id.
 */
export class EntryCatalogue {
  private ids = new Float64Array(1024);
  private imageIds = new Float64Array(1024);
  private gone = new Uint8Array(1024);
  private length = 0;
  private goneCount = 0;
  private readonly postings = new Map<string, Posting>();
  /** Most entries share their labels with others, so that most JSON is parsed only once. */
  private readonly postingsByJson = new Map<string, readonly Posting[]>();

  /** The number of entries, including those that have been removed. */
  get size(): number {
    return this.length;
  }

  /** The number of entries that have not been removed. */
  get live(): number {
    return this.length - this.goneCount;
  }

  idOf(ordinal: number): number {
    return this.ids[ordinal]!;
  }

  imageIdOf(ordinal: number): number {
    return this.imageIds[ordinal]!;
  }

  isLive(ordinal: number): boolean {
    return this.gone[ordinal] === 0;
  }

  /** Ids must be appended in ascending order. */
  append(id: number, imageId: number, labelsJson: string): void {
    if (this.length === this.ids.length) this.grow();
    const ordinal = this.length++;
    this.ids[ordinal] = id;
    this.imageIds[ordinal] = imageId;
    for (const posting of this.postingsOf(labelsJson)) posting.append(ordinal);
  }

  /** Removes an entry and returns its ordinal; undefined if it did not exist. */
  remove(id: number): number | undefined {
    const ordinal = this.ordinalOf(id);
    if (ordinal === undefined || this.gone[ordinal] !== 0) return undefined;
    this.gone[ordinal] = 1;
    this.goneCount++;
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
    return firstAbove(this.ids, this.length, id);
  }

  /** Selects entries with at least one of the labels. */
  withLabels(labels: readonly string[]): LabelFilter {
    const postings = [...new Set(labels)].flatMap((label) => this.postings.get(label) ?? []);
    return new LabelFilter(postings, this.live);
  }

  private postingsOf(json: string): readonly Posting[] {
    let postings = this.postingsByJson.get(json);
    if (postings === undefined) {
      const labels = new Set(JSON.parse(json) as string[]);
      postings = [...labels].map((label) => {
        const posting = this.postings.get(label) ?? new Posting();
        this.postings.set(label, posting);
        return posting;
      });
      if (this.postingsByJson.size >= REMEMBERED_JSON) this.postingsByJson.clear();
      this.postingsByJson.set(json, postings);
    }
    return postings;
  }

  private grow(): void {
    const room = Math.ceil(this.ids.length * 1.5);
    const ids = new Float64Array(room);
    ids.set(this.ids);
    this.ids = ids;
    const imageIds = new Float64Array(room);
    imageIds.set(this.imageIds);
    this.imageIds = imageIds;
    const gone = new Uint8Array(room);
    gone.set(this.gone);
    this.gone = gone;
  }
}

/** The ordinals of the entries with one label, in ascending order. */
class Posting {
  private ordinals = new Uint32Array(4);
  private length = 0;

  append(ordinal: number): void {
    if (this.length === this.ordinals.length) {
      const ordinals = new Uint32Array(Math.ceil(this.length * 1.5));
      ordinals.set(this.ordinals);
      this.ordinals = ordinals;
    }
    this.ordinals[this.length++] = ordinal;
  }

  all(): Uint32Array {
    return this.ordinals.subarray(0, this.length);
  }

  has(ordinal: number): boolean {
    const place = firstAbove(this.ordinals, this.length, ordinal - 1);
    return place < this.length && this.ordinals[place] === ordinal;
  }
}

/** A selection of entries. It may still contain ordinals of removed entries. */
export class LabelFilter {
  /** A lower bound of the number of matching entries, including removed ones. */
  readonly atLeast: number;
  /** An upper bound of the number of matching entries. */
  readonly atMost: number;

  constructor(
    private readonly postings: readonly Posting[],
    live: number,
  ) {
    const sizes = postings.map((posting) => posting.all().length);
    this.atLeast = Math.max(0, ...sizes);
    this.atMost = Math.min(
      live,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  }

  has(ordinal: number): boolean {
    return this.postings.some((posting) => posting.has(ordinal));
  }

  /** The ordinals in ascending order, without repetition. */
  ordinals(): Uint32Array {
    const [first, ...others] = this.postings.map((posting) => posting.all());
    if (first === undefined) return new Uint32Array(0);
    if (others.length === 0) return first;
    const all = new Uint32Array(first.length + others.reduce((sum, { length }) => sum + length, 0));
    all.set(first);
    let filled = first.length;
    for (const posting of others) {
      all.set(posting, filled);
      filled += posting.length;
    }
    all.sort();
    let kept = 0;
    for (const ordinal of all) if (kept === 0 || all[kept - 1] !== ordinal) all[kept++] = ordinal;
    return all.subarray(0, kept);
  }
}

/** The first index of the ascending numbers whose number is greater than the value. */
function firstAbove(numbers: Float64Array | Uint32Array, length: number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
