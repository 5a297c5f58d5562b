/** The entries that a filter selects in one state of an index. It does not change. */
export class Selection {
  constructor(
    /** One bit for each ordinal. */
    private readonly marks: Uint32Array,
    /** How many entries are selected. */
    readonly count: number,
  ) {}

  has(ordinal: number): boolean {
    return ((this.marks[ordinal >>> 5] ?? 0) & (1 << (ordinal & 31))) !== 0;
  }

  /** The selected ordinals from `from` up to, but not including, `end`, in ascending order. */
  between(from: number, end: number): Uint32Array {
    const ordinals = new Uint32Array(Math.min(this.count, Math.max(0, end - from)));
    let found = 0;
    const last = Math.min(this.marks.length, Math.ceil(end / 32));
    for (let at = from >>> 5; at < last; at++) {
      for (let word = this.marks[at]!; word !== 0; word &= word - 1) {
        const ordinal = 32 * at + 31 - Math.clz32(word & -word);
        if (ordinal >= end) break;
        if (ordinal >= from) ordinals[found++] = ordinal;
      }
    }
    return ordinals.subarray(0, found);
  }
}

/** The number of bits that are set. */
export function countOf(marks: Uint32Array): number {
  let count = 0;
  for (const word of marks) {
    let bits = word - ((word >>> 1) & 0x55555555);
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    count += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
