import { createToken, Lexer, type TokenType } from 'chevrotain';
import { ATTRIBUTE_NAME } from '../../filters/index.ts';

/** The name of an attribute, anywhere in a text. */
const NAME = new RegExp(ATTRIBUTE_NAME.source.replace(/^\^|\$$/g, ''), 'uy');

export const Name = createToken({
  name: 'Name',
  label: 'the name of an attribute',
  // As a function, because the lexer cannot analyse expressions with Unicode classes.
  pattern: (text, offset) => {
    NAME.lastIndex = offset;
    return NAME.exec(text);
  },
  line_breaks: false,
});

/** A word of the language, in either case. As the name of an attribute it is written in backquotes. */
function keyword(word: string): TokenType {
  const pattern = new RegExp(word, 'i');
  return createToken({ name: word, label: `"${word}"`, pattern, longer_alt: Name });
}

function symbol(text: string): TokenType {
  return createToken({ name: text, label: `"${text}"`, pattern: text });
}

export const And = keyword('and');
export const Or = keyword('or');
export const Not = keyword('not');
export const In = keyword('in');
export const Exists = keyword('exists');
export const Contains = keyword('contains');
export const Label = keyword('label');
export const True = keyword('true');
export const False = keyword('false');

export const QuotedName = createToken({
  name: 'QuotedName',
  label: 'the name of an attribute',
  pattern: /`[^`]+`/,
  line_breaks: true,
});
export const Text = createToken({
  name: 'Text',
  label: 'text in quotes',
  pattern: /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'/,
  line_breaks: true,
});
export const NumberLiteral = createToken({
  name: 'Number',
  label: 'a number',
  pattern: /[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?/i,
});

export const AtMost = symbol('<=');
export const AtLeast = symbol('>=');
export const Differs = symbol('!=');
export const Below = symbol('<');
export const Above = symbol('>');
export const Equals = symbol('=');
export const Opening = symbol('(');
export const Closing = symbol(')');
export const Comma = symbol(',');

const Space = createToken({ name: 'Space', pattern: /\s+/, group: Lexer.SKIPPED });

/** In the order in which the lexer tries them. */
export const TOKENS = [
  Space,
  ...[And, Or, Not, In, Exists, Contains, Label, True, False],
  ...[Name, QuotedName, Text, NumberLiteral],
  ...[AtMost, AtLeast, Differs, Below, Above, Equals, Opening, Closing, Comma],
];

/** Where a request has the value that an attribute is compared with. */
export const FIELDS = new Map<TokenType, 'lt' | 'lte' | 'gt' | 'gte'>([
  [Below, 'lt'],
  [AtMost, 'lte'],
  [Above, 'gt'],
  [AtLeast, 'gte'],
]);

/** Within quotes, a backslash stands before a quote or a backslash that is meant as itself. */
export function unquoted(image: string): string {
  return image.slice(1, -1).replace(/\\([^])/g, '$1');
}
