import type { AttributeTest } from '../../../../filters/index.ts';
import { Column, markingBy, markingOfAny, markNothing, VERDICT, type Marking } from './column.ts';
import { withRoom } from './growing.ts';
import { StringCodes } from './string-codes.ts';

/** How many lists are remembered, so that rows with equal lists share one. */
const REMEMBERED = 10_000;
/** So many lists are replaced before the column forgets those that are no longer used, and at least as many as it has. */
const FORGETS_AFTER = 65_536;

/**
 * Lists of strings: four bytes per row, four per string of each different list, and each different string once.
 * List number n, which counts from 1, has the codes from `ends[n - 1]` to `ends[n]`.
 */
export class ListColumn extends Column<readonly string[]> {
  private rows = new Uint32Array(0);
  private ends = new Uint32Array(16);
  private codes = new Uint32Array(16);
  private lists = 0;
  private strings = new StringCodes();
  private readonly remembered = new Map<string, number>();
  /** The numbers of arrays that have been set already: most rows come with the same few. */
  private readonly known = new Map<readonly string[], number>();
  private replaced = 0;

  /** The array must not change afterwards. */
  set(row: number, value: readonly string[]): void {
    this.clear(row);
    this.rows = withRoom(this.rows, row + 1);
    this.rows[row] = this.listOf(value);
  }

  clear(row: number): void {
    if (row >= this.rows.length || this.rows[row] === 0) return;
    this.rows[row] = 0;
    if (++this.replaced >= Math.max(FORGETS_AFTER, this.lists)) this.forget();
  }

  marking(test: AttributeTest): Marking {
    if (test.op === 'exists') return markingOfAny(this.rows);
    if (test.op !== 'in') return markNothing;
    return this.markingAny(test.values);
  }

  /** Marks the rows whose list has at least one of the strings. */
  markingAny(strings: readonly unknown[]): Marking {
    const { rows, ends, codes } = this;
    const wanted = this.strings.verdictsFor(strings);
    const hasOne = (list: number) => {
      if (list === 0) return false;
      const end = ends[list]!;
      for (let at = ends[list - 1]!; at < end; at++) if (wanted[codes[at]!] === VERDICT.yes) return true;
      return false;
    };
    return markingBy(new Uint8Array(this.lists + 1), rows, hasOne);
  }

  private listOf(value: readonly string[]): number {
    let list = this.known.get(value);
    if (list === undefined) {
      const codes = [...new Set(value)].map((text) => this.strings.add(text));
      list = this.numberOf(Uint32Array.from(codes));
      if (this.known.size >= REMEMBERED) this.known.clear();
      this.known.set(value, list);
    }
    return list;
  }

  private numberOf(codes: Uint32Array): number {
    const key = codes.join();
    const known = this.remembered.get(key);
    if (known !== undefined) return known;
    const list = ++this.lists;
    const from = this.ends[list - 1]!;
    this.codes = withRoom(this.codes, from + codes.length);
    this.codes.set(codes, from);
    this.ends = withRoom(this.ends, list + 1);
    this.ends[list] = from + codes.length;
    if (this.remembered.size >= REMEMBERED) this.remembered.clear();
    this.remembered.set(key, list);
    return list;
  }

  private forget(): void {
    const { ends, codes, strings } = this;
    const numbers = new Map<number, number>();
    this.ends = new Uint32Array(16);
    this.codes = new Uint32Array(16);
    this.lists = 0;
    this.strings = new StringCodes();
    this.remembered.clear();
    this.known.clear();
    for (let row = 0; row < this.rows.length; row++) {
      const list = this.rows[row]!;
      if (list === 0) continue;
      let number = numbers.get(list);
      if (number === undefined) {
        const texts = Array.from(codes.subarray(ends[list - 1], ends[list]), (code) => strings.textOf(code));
        number = this.listOf(texts);
        numbers.set(list, number);
      }
      this.rows[row] = number;
    }
    this.replaced = 0;
  }
}
