/** How many ids one block covers: 8 KiB. */
const BLOCK_IDS = 65_536;
const WORD_IDS = 32;

/** A set of the ids of rows: a bit each, so that a million of them take little memory. */
export class RowSet {
  size = 0;
  private readonly blocks = new Map<number, Uint32Array>();

  add(id: number): void {
    const words = this.wordsOf(id);
    const [at, bit] = placeOf(id);
    const before = words[at]!;
    words[at] = before | bit;
    if (words[at] !== before) this.size += 1;
  }

  has(id: number): boolean {
    const words = this.blocks.get(Math.floor(id / BLOCK_IDS));
    if (words === undefined) return false;
    const [at, bit] = placeOf(id);
    return (words[at]! & bit) !== 0;
  }

  private wordsOf(id: number): Uint32Array {
    const block = Math.floor(id / BLOCK_IDS);
    let words = this.blocks.get(block);
    if (words === undefined) {
      words = new Uint32Array(BLOCK_IDS / WORD_IDS);
      this.blocks.set(block, words);
    }
    return words;
  }
}

function placeOf(id: number): [word: number, bit: number] {
  const within = id % BLOCK_IDS;
  return [Math.floor(within / WORD_IDS), 1 << (within % WORD_IDS)];
}
