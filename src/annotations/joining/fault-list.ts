import type { TextPlace } from '../reading/lines.ts';
import type { RowFault } from '../reading/row-reader.ts';

/** How many faults are kept with their text. */
const MAX_KEPT = 100_000;

/** A row that could not be used, and where it is. */
export interface LocatedFault {
  /** In words that follow "line 7: ". */
  readonly problem: string;
  /** The beginning of the row's text, shortened. */
  readonly text: string;
  /** "line 7", or whatever stands for the row in a file that has no lines. */
  readonly place: string;
  /** Where in the text of the file it is; null in a file that has no lines. */
  readonly at: TextPlace | null;
}

/** The rows of a file that could not be used. */
export interface RowFaults {
  readonly count: number;
  /** The first ones, up to a hundred thousand, in the order of the file. */
  readonly first: readonly LocatedFault[];
}

/** Collects the faults of a file while it is read. */
export class FaultList {
  private count = 0;
  private readonly kept: RowFault[] = [];

  add(fault: RowFault): void {
    this.count += 1;
    if (this.kept.length < MAX_KEPT) this.kept.push(fault);
  }

  /** `placesOf` gives the places of ascending offsets. */
  async located(placesOf: (offsets: readonly number[]) => Promise<TextPlace[]>): Promise<RowFaults> {
    const kept = this.kept.toSorted((a, b) => a.offset - b.offset);
    const inText = kept.filter(({ place }) => place === undefined);
    const places = (await placesOf(inText.map(({ offset }) => offset))).values();
    const first = kept.map(({ problem, text, place }) => {
      if (place !== undefined) return { problem, text, place, at: null };
      const at = places.next().value ?? { line: 1, column: 1 };
      return { problem, text, place: `line ${at.line}`, at };
    });
    return { count: this.count, first };
  }
}
