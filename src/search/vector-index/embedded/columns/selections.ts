import { isTurnOver, nextTurn } from '../../../../common/index.ts';
import type { Filter } from '../../../../filters/index.ts';
import { BLOCK_ROWS, type EntryCatalogue } from '../entries/entry-catalogue.ts';
import { countOf, Selection } from './selection.ts';

/** How many selections are kept; each takes a bit per entry. */
const KEPT = 64;
/** A selection is not kept if its filter, as JSON, is longer than this. */
const LONGEST_KEY = 4_096;
const BLOCK_WORDS = BLOCK_ROWS / 32;

interface Kept {
  readonly selection: Selection;
  readonly marks: Uint32Array;
  /** By block: its version when it was evaluated, and how many of its entries are selected. */
  readonly versions: number[];
  readonly counts: number[];
}

/**
 * Evaluates filters over the entries of an index, block by block. The latest selections are kept, and only blocks that
 * have changed since are evaluated again.
 */
export class Selections {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly catalogue: EntryCatalogue) {}

  /** The entries that the filter selects now. Gives way to other work if that takes long. */
  async select(filter: Filter): Promise<Selection> {
    const key = JSON.stringify(filter);
    let known = this.kept.get(key);
    while (known === undefined || this.staleBlocks(known.versions).length > 0) {
      known = await this.evaluate(filter, known);
    }
    if (key.length <= LONGEST_KEY) this.keep(key, known);
    return known.selection;
  }

  private async evaluate(filter: Filter, known: Kept | undefined): Promise<Kept> {
    const { columns, blocks } = this.catalogue;
    const marks = new Uint32Array(blocks * BLOCK_WORDS);
    if (known !== undefined) marks.set(known.marks);
    const versions = known?.versions.slice() ?? [];
    const counts = known?.counts.slice() ?? [];
    let marking = columns.marking(filter);
    for (const block of this.staleBlocks(versions)) {
      if (isTurnOver()) {
        await nextTurn();
        // The columns may have changed in the meantime.
        marking = columns.marking(filter);
      }
      const from = block * BLOCK_ROWS;
      const some = marks.subarray(block * BLOCK_WORDS, (block + 1) * BLOCK_WORDS);
      some.fill(0);
      marking(from, Math.min(this.catalogue.size, from + BLOCK_ROWS), some);
      this.catalogue.keepLive(from, some);
      counts[block] = countOf(some);
      versions[block] = this.catalogue.versionOf(block);
    }
    const count = counts.reduce((sum, one) => sum + one, 0);
    return { selection: new Selection(marks, count), marks, versions, counts };
  }

  private staleBlocks(versions: readonly number[]): number[] {
    const stale: number[] = [];
    for (let block = 0; block < this.catalogue.blocks; block++) {
      if (versions[block] !== this.catalogue.versionOf(block)) stale.push(block);
    }
    return stale;
  }

  private keep(key: string, one: Kept): void {
    this.kept.delete(key);
    this.kept.set(key, one);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT && oldest !== undefined) this.kept.delete(oldest);
  }
}
