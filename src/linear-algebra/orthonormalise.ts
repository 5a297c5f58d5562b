// Type-only TypeScript: worker threads load this file as it is.

/** What is left of a row after its parts along the others are taken out, below which it is rounding. */
const NOTHING_LEFT = 1e-10;

/** Numbers from -1 to 1 without pattern to speak of, the same in every run. */
export class SeededNumbers {
  private state = 1;

  next(): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.state / 2 ** 31 - 1;
  }
}

/**
 * Makes the rows of a matrix, at most as many as they are long, unit vectors at right angles, in
 * place: Gram and Schmidt's process, twice over, since once leaves too much of the others in the last.
 * A row that the ones before it span gives way to an arbitrary one.
 */
export function orthonormalise(rows: Float64Array, length: number, numbers: SeededNumbers): void {
  for (let start = 0; start < rows.length; start += length) {
    const row = rows.subarray(start, start + length);
    for (;;) {
      const whole = normOf(row);
      for (let pass = 0; pass < 2; pass += 1) {
        for (let other = 0; other < start; other += length) takeOut(rows, other, row);
      }
      const left = normOf(row);
      if (left > NOTHING_LEFT * whole && left > Number.MIN_VALUE * 1e16) {
        for (let at = 0; at < length; at += 1) row[at]! /= left;
        // Twice is enough unless next to nothing was left, whose rounding is large now.
        if (left > 1e-4 * whole) break;
        continue;
      }
      for (let at = 0; at < length; at += 1) row[at] = numbers.next();
    }
  }
}

function takeOut(rows: Float64Array, other: number, row: Float64Array): void {
  let share = 0;
  for (let at = 0; at < row.length; at += 1) share += row[at]! * rows[other + at]!;
  for (let at = 0; at < row.length; at += 1) row[at]! -= share * rows[other + at]!;
}

function normOf(row: Float64Array): number {
  let squares = 0;
  for (const value of row) squares += value * value;
  return Math.sqrt(squares);
}
