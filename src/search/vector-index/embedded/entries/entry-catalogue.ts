const REMEMBERED_JSON = 10_000;

/**
 * Which entries an index has, and under which labels: all that is held in memory about an entry,
 * some 20 bytes. An entry's place in it, its ordinal, rises with the entry's id and stays.
 */
export class Catalogue {
  private ids = new Float64Array(1024);
  private imageIds = new Float64Array(1024);
  private gone = new Uint8Array(1024);
  private length = 0;
  private goneCount = 0;
  private readonly postings = new Map<string, Posting>();
  /** Most entries share their labels with others, so most JSON is read once. */
  private readonly postingsByJson = new Map<string, readonly Posting[]>();

  /** Entries, those removed since included. */
  get size(): number {
    return this.length;
  }

  /** Entries that are still there. */
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

  /** Ids must come rising. */
  append(id: number, imageId: number, labelsJson: string): void {
    if (this.length === this.ids.length) this.grow();
    const ordinal = this.length++;
    this.ids[ordinal] = id;
    this.imageIds[ordinal] = imageId;
    for (const posting of this.postingsOf(labelsJson)) posting.append(ordinal);
  }

  /** The ordinal that was removed; undefined where the entry was not there. */
  remove(id: number): number | undefined {
    const ordinal = this.find(id);
    if (ordinal === undefined || this.gone[ordinal] !== 0) return undefined;
    this.gone[ordinal] = 1;
    this.goneCount++;
    return ordinal;
  }

  find(id: number): number | undefined {
    // Written in one go, the ids have no gaps.
    const likely = id - this.ids[0]!;
    if (likely < this.length && this.ids[likely] === id) return likely;
    const ordinal = this.firstAfter(id - 1);
    return ordinal < this.length && this.ids[ordinal] === id ? ordinal : undefined;
  }

  /** The first ordinal whose id is greater. */
  firstAfter(id: number): number {
    return firstAbove(this.ids, this.length, id);
  }

  /** Entries with at least one of the labels. */
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

/** The ordinals of one label, rising. */
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

/** A choice of entries. Ordinals of removed entries may still be in it. */
export class LabelFilter {
  /** At least so many entries match, but for those removed. */
  readonly atLeast: number;
  /** No more entries match. */
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

  /** The ordinals, rising, each once. */
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

/** The first place in the rising numbers whose number is greater. */
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
