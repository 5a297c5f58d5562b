import {
  EOF,
  Lexer,
  tokenLabel,
  type ILexingError,
  type IParserErrorMessageProvider,
  type IToken,
} from 'chevrotain';
import type { FilterRequest } from '../../filters/index.ts';
import { whereInvalid, whereTooLong } from '../cli.errors.ts';
import { shownAt } from './shown-at.ts';
import { NumberLiteral, Opening, TOKENS } from './tokens.ts';
import { WhereGrammar } from './where-grammar.ts';

const MAX_CHARACTERS = 10_000;
/** Parentheses within parentheses, each of which is a call on the stack. */
const MAX_NESTING = 50;

/** What is expected. `problemAt` adds what was found. */
const expectations: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => tokenLabel(expected),
  buildNotAllInputParsedMessage: () => '"and", "or" or the end',
  buildNoViableAltMessage: ({ customUserDescription }) => customUserDescription ?? 'something else',
  buildEarlyExitMessage: ({ customUserDescription }) => customUserDescription ?? 'something else',
};

const lexer = new Lexer(TOKENS, { ensureOptimizations: false, positionTracking: 'onlyOffset' });
const grammar = new WhereGrammar(expectations);

/**
 * Reads a filter as it is written on the command line:
 *
 *     price < 50 and brand in ("acme", "bolt") and not label = "sale"
 *
 * Throws `WHERE_INVALID`, whose message has a caret under the place.
 */
export function parseWhere(text: string): FilterRequest {
  if (text.length > MAX_CHARACTERS) {
    throw whereTooLong(MAX_CHARACTERS);
  }
  const { tokens, errors } = lexer.tokenize(text);
  const [unreadable] = errors;
  if (unreadable !== undefined) throw problemAt(text, unreadable.offset, unreadableAt(text, unreadable));
  assertNotDeep(text, tokens);

  grammar.input = tokens;
  const filter = grammar.filter();
  const [error] = grammar.errors;
  if (error === undefined) return filter;
  const { token, message } = error;
  const isEnd = token.tokenType === EOF;
  const offset = isEnd ? text.trimEnd().length : token.startOffset;
  const hint = isUnquotedDate(token, tokens) ? ' (a date is written in quotes)' : '';
  throw problemAt(
    text,
    offset,
    `expected ${message}, but ${isEnd ? 'it ends here' : `found ${token.image}`}${hint}`,
  );
}

function unreadableAt(text: string, { offset }: ILexingError): string {
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  return /["'`]/.test(character) ? `the closing ${character} is missing` : `${character} means nothing here`;
}

/** `2026-11-28` reads as three numbers. */
function isUnquotedDate(token: IToken, tokens: readonly IToken[]): boolean {
  const before = tokens[tokens.indexOf(token) - 1];
  return token.tokenType === NumberLiteral && before?.tokenType === NumberLiteral;
}

function assertNotDeep(text: string, tokens: readonly IToken[]): void {
  let depth = 0;
  for (const { tokenType, startOffset, image } of tokens) {
    if (tokenType === Opening) depth += 1;
    else if (image === ')') depth -= 1;
    if (depth > MAX_NESTING) {
      throw problemAt(text, startOffset, `it has more than ${MAX_NESTING} levels of parentheses`);
    }
  }
}

function problemAt(text: string, offset: number, problem: string) {
  return whereInvalid(problem, offset + 1, shownAt(text, offset));
}
