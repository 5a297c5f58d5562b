import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../../../../test/contracts/vectors.ts';
import { textBefore } from './text-order.ts';

interface Query {
  readonly range?: { readonly text: { readonly lt?: string; readonly gte?: string } };
  readonly prefix?: { readonly text: string };
  readonly bool?: {
    readonly filter?: readonly Query[];
    readonly should?: readonly Query[];
    readonly must_not?: readonly Query[];
  };
}

/** Evaluates the query like the engines, which compare texts by the bytes of UTF-8. */
function selects({ range, prefix, bool }: Query, text: string): boolean {
  const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (range !== undefined) {
    const { lt, gte } = range.text;
    return (lt === undefined || order(text, lt) < 0) && (gte === undefined || order(text, gte) >= 0);
  }
  if (prefix !== undefined) return text.startsWith(prefix.text);
  const { filter = [], should, must_not: never = [] } = bool!;
  return (
    filter.every((one) => selects(one, text)) &&
    (should === undefined || should.some((one) => selects(one, text))) &&
    !never.some((one) => selects(one, text))
  );
}

describe('textBefore', () => {
  it('is a plain range if the two orders agree', () => {
    expect(textBefore('text', 'Größe 12')).toEqual({ range: { text: { lt: 'Größe 12' } } });
  });

  it('selects the texts that come first by UTF-16 code units', () => {
    const alphabet = [
      '',
      'a',
      'é',
      '\u{d7ff}',
      '\u{e000}',
      'Ａ',
      '\u{ffff}',
      '\u{10000}',
      '😀',
      '\u{10ffff}',
    ];
    const random = seededRandom(4);
    const draw = () =>
      Array.from({ length: 4 }, () => alphabet[Math.floor(random() * alphabet.length)]!).join('');
    const texts = Array.from({ length: 300 }, draw);
    for (const bound of Array.from({ length: 100 }, draw)) {
      const query = textBefore('text', bound) as Query;
      for (const text of texts) {
        expect({ bound, text, selected: selects(query, text) }).toEqual({
          bound,
          text,
          selected: text < bound,
        });
      }
    }
  });
});
