export interface Pages<Row, Key> {
  /** The key before the first one. */
  readonly start: Key;
  /** The next rows after a key, in the order of their keys; none at the end. */
  readonly list: (after: Key) => Promise<readonly Row[]>;
  readonly keyOf: (row: Row) => Key;
}

/**
 * All rows, in pages that are not empty, each of which is read once the one before has been dealt with. A page that is
 * shorter than others need not be the last: rows may have been deleted while it was read.
 */
export async function* pagesAfter<Row, Key>({
  start,
  list,
  keyOf,
}: Pages<Row, Key>): AsyncGenerator<readonly Row[], void, undefined> {
  for (let after = start; ;) {
    const page = await list(after);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = keyOf(last);
  }
}
