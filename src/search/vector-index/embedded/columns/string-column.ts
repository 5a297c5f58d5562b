import { passes, type AttributeTest } from '../../../../filters/index.ts';
import { Column, markingBy, markingOfAny, type Marking } from './column.ts';
import { withRoom } from './growing.ts';
import { StringCodes } from './string-codes.ts';

/** So many values are replaced before the column forgets strings that are no longer used, and at least as many as it has. */
const FORGETS_AFTER = 65_536;

/** Strings: four bytes per row, and each different string once. */
export class StringColumn extends Column<string> {
  private rows = new Uint32Array(0);
  private strings = new StringCodes();
  private replaced = 0;

  set(row: number, value: string): void {
    this.clear(row);
    this.rows = withRoom(this.rows, row + 1);
    this.rows[row] = this.strings.add(value);
  }

  clear(row: number): void {
    if (row >= this.rows.length || this.rows[row] === 0) return;
    this.rows[row] = 0;
    if (++this.replaced >= Math.max(FORGETS_AFTER, this.strings.size)) this.forget();
  }

  marking(test: AttributeTest): Marking {
    const { rows, strings } = this;
    switch (test.op) {
      case 'exists':
        return markingOfAny(rows);
      case 'in':
        return markingBy(strings.verdictsFor(test.values), rows);
      case 'range':
      case 'contains':
        return markingBy(
          new Uint8Array(strings.size),
          rows,
          (code) => code !== 0 && passes(test, strings.textOf(code)),
        );
    }
  }

  private forget(): void {
    const { strings } = this;
    this.strings = new StringCodes();
    for (let row = 0; row < this.rows.length; row++) {
      const code = this.rows[row]!;
      if (code !== 0) this.rows[row] = this.strings.add(strings.textOf(code));
    }
    this.replaced = 0;
  }
}
