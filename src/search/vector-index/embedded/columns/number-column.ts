import { AttributeType, type AttributeTest, type AttributeValue } from '../../../../filters/index.ts';
import { Column, markNothing, type Marking } from './column.ts';
import { withRoom } from './growing.ts';

/** Numbers, times in milliseconds, or truth as 0 and 1: eight bytes per row. NaN stands for no value. */
export class NumberColumn extends Column<number | Date | boolean> {
  private rows = new Float64Array(0);

  constructor(private readonly type: AttributeType.NUMBER | AttributeType.DATE | AttributeType.BOOLEAN) {
    super();
  }

  set(row: number, value: number | Date | boolean): void {
    if (row >= this.rows.length) {
      const { length } = this.rows;
      this.rows = withRoom(this.rows, row + 1).fill(NaN, length);
    }
    this.rows[row] = Number(value);
  }

  clear(row: number): void {
    if (row < this.rows.length) this.rows[row] = NaN;
  }

  marking(test: AttributeTest): Marking {
    switch (test.op) {
      case 'exists':
        return this.markingBetween(-Infinity, -Infinity, Infinity, Infinity);
      case 'in': {
        const wanted = test.values.filter((value) => this.holds(value)).map(Number);
        const [only, ...others] = wanted;
        if (only === undefined) return markNothing;
        return others.length === 0
          ? this.markingBetween(-Infinity, only, Infinity, only)
          : this.markingOneOf(wanted);
      }
      case 'range': {
        if (this.type === AttributeType.BOOLEAN) return markNothing;
        const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = test;
        return this.markingBetween(Number(gt), Number(gte), Number(lt), Number(lte));
      }
      case 'contains':
        return markNothing;
    }
  }

  private holds(value: AttributeValue): boolean {
    if (this.type === AttributeType.DATE) return value instanceof Date;
    return typeof value === (this.type === AttributeType.NUMBER ? 'number' : 'boolean');
  }

  /** All values are finite, so infinite bounds are none. */
  private markingBetween(gt: number, gte: number, lt: number, lte: number): Marking {
    const { rows } = this;
    return (from, to, marks) => {
      const end = Math.min(to, rows.length);
      for (let row = from; row < end; row++) {
        const value = rows[row]!;
        if (value > gt && value >= gte && value < lt && value <= lte) {
          marks[(row - from) >>> 5]! |= 1 << ((row - from) & 31);
        }
      }
    };
  }

  private markingOneOf(values: readonly number[]): Marking {
    const { rows } = this;
    const wanted = new Set(values);
    return (from, to, marks) => {
      const end = Math.min(to, rows.length);
      for (let row = from; row < end; row++) {
        if (wanted.has(rows[row]!)) marks[(row - from) >>> 5]! |= 1 << ((row - from) & 31);
      }
    };
  }
}
