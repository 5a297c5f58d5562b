/** The first code points of two units, and of what follows the surrogates among those of one unit. */
const FIRST_OF_TWO_UNITS = 0x1_0000;
const FIRST_AFTER_SURROGATES = 0xe000;

/**
 * The query for texts that come before `bound`. Lookalike orders texts by UTF-16 code units, the engines by code
 * points. The two differ only between a character of two units, such as an emoji, and one of the characters from
 * U+E000 to U+FFFF, such as a full-width letter: by code units, the former comes first.
 */
export function textBefore(field: string, bound: string): object {
  const added: object[] = [];
  const removed: object[] = [];
  let start = '';
  for (const character of bound) {
    const point = character.codePointAt(0)!;
    const emoji = start + String.fromCodePoint(FIRST_OF_TWO_UNITS);
    const prefix = start === '' ? [] : [{ prefix: { [field]: start } }];
    if (point >= FIRST_OF_TWO_UNITS) {
      const late = { gte: start + String.fromCodePoint(FIRST_AFTER_SURROGATES), lt: emoji };
      removed.push({ bool: { filter: [...prefix, { range: { [field]: late } }] } });
    } else if (point >= FIRST_AFTER_SURROGATES) {
      added.push({ bool: { filter: [...prefix, { range: { [field]: { gte: emoji } } }] } });
    }
    start += character;
  }
  const before = { range: { [field]: { lt: bound } } };
  if (added.length === 0 && removed.length === 0) return before;
  return { bool: { should: [before, ...added], minimum_should_match: 1, must_not: removed } };
}
