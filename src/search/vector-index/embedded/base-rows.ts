import type { Selection } from './columns/selection.ts';
import type { EntryCatalogue } from './entries/entry-catalogue.ts';
import type { WalkGraph } from './walk/walk-graph.ts';

/** The rows of a graph that a filter selects. */
export interface SelectedRows {
  /** One bit for each row of the graph. */
  readonly marks: Uint32Array;
  readonly count: number;
  /** How often they have been searched. */
  uses: number;
  /**
   * The share of selected rows among the neighbours of selected rows, 0 to 1, as the last walk among them has found it. It
   * is that of all rows until then.
   */
  shareNear: number;
}

/** Which row of a graph belongs to which entry of the catalogue, and which rows a search may find. */
export class BaseRows {
  /** One bit for each row whose entry exists. */
  readonly live: Uint32Array;
  private liveRows = 0;
  /** The ordinal of each row; -1 if its entry had been removed before the catalogue was read. */
  private readonly ordinals: Int32Array;
  /** The row of each ordinal; -1 if the graph does not have it. */
  private readonly rows: Int32Array;
  private readonly selected = new WeakMap<Selection, SelectedRows>();

  constructor(
    private readonly graph: WalkGraph,
    catalogue: EntryCatalogue,
    /** Ordinals from here on are not in the graph. */
    private readonly end: number,
  ) {
    this.live = new Uint32Array(Math.ceil(graph.rows / 32));
    this.ordinals = new Int32Array(graph.rows).fill(-1);
    this.rows = new Int32Array(end).fill(-1);
    for (let row = 0; row < graph.rows; row++) {
      const ordinal = catalogue.ordinalOf(graph.keys[row]!);
      if (ordinal === undefined || ordinal >= end) continue;
      this.ordinals[row] = ordinal;
      this.rows[ordinal] = row;
      if (!catalogue.isLive(ordinal)) continue;
      this.live[row >>> 5]! |= 1 << (row & 31);
      this.liveRows++;
    }
  }

  /** Whether a search may find every row. */
  get areAllLive(): boolean {
    return this.liveRows === this.graph.rows;
  }

  get liveCount(): number {
    return this.liveRows;
  }

  /** -1 if the entry of the row has been removed before the catalogue was read. */
  ordinalOf(row: number): number {
    return this.ordinals[row]!;
  }

  /** To be called when an entry has been removed. */
  remove(ordinal: number): void {
    const row = this.rows[ordinal] ?? -1;
    if (row < 0) return;
    this.live[row >>> 5]! &= ~(1 << (row & 31));
    this.liveRows--;
    this.graph.forgetMarks();
  }

  selectedBy(selection: Selection): SelectedRows {
    let selected = this.selected.get(selection);
    if (selected === undefined) {
      const marks = new Uint32Array(this.live.length);
      let count = 0;
      for (const ordinal of selection.between(0, this.end)) {
        const row = this.rows[ordinal]!;
        if (row < 0) continue;
        marks[row >>> 5]! |= 1 << (row & 31);
        count++;
      }
      selected = { marks, count, uses: 0, shareNear: selection.count / Math.max(1, this.liveCount) };
      this.selected.set(selection, selected);
    }
    return selected;
  }
}
