import type { AttributeTest, AttributeValue } from '../../../../filters/index.ts';

/**
 * Sets a bit for each row from `from` up to, but not including, `to` that passes a test: bit n of the marks stands
 * for row `from` + n. Other bits stay as they are.
 */
export type Marking = (from: number, to: number, marks: Uint32Array) => void;

/** One attribute of all entries. A row is the ordinal of an entry, and an entry need not have a value. */
export abstract class Column<Value extends AttributeValue = AttributeValue> {
  abstract set(row: number, value: Value): void;

  /** Removes the value of a row, if it has one. */
  abstract clear(row: number): void;

  /** Marks the rows whose value passes the test. To be used before the column changes again. */
  abstract marking(test: AttributeTest): Marking;
}

export const markNothing: Marking = () => undefined;

/** What is known of a number: whether it passes a test. */
export const VERDICT = { unknown: 0, no: 1, yes: 2 } as const;

/**
 * Marks the rows whose number passes, by the verdict at its place in the table. `passes` is asked for unknown ones, at
 * most once for each number.
 */
export function markingBy(
  verdicts: Uint8Array,
  numbers: Uint32Array,
  passes: (number: number) => boolean = () => false,
): Marking {
  return (from, to, marks) => {
    const end = Math.min(to, numbers.length);
    for (let row = from; row < end; row++) {
      const number = numbers[row]!;
      let verdict = verdicts[number]!;
      if (verdict === VERDICT.unknown) {
        verdict = passes(number) ? VERDICT.yes : VERDICT.no;
        verdicts[number] = verdict;
      }
      if (verdict === VERDICT.yes) marks[(row - from) >>> 5]! |= 1 << ((row - from) & 31);
    }
  };
}

/** Marks the rows that have a number other than 0. */
export function markingOfAny(numbers: Uint32Array): Marking {
  return (from, to, marks) => {
    const end = Math.min(to, numbers.length);
    for (let row = from; row < end; row++) {
      if (numbers[row] !== 0) marks[(row - from) >>> 5]! |= 1 << ((row - from) & 31);
    }
  };
}
