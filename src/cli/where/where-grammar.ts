import { EmbeddedActionsParser, type IParserErrorMessageProvider, type TokenType } from 'chevrotain';
import type { FilterRequest, RequestedValue } from '../../filters/index.ts';
import {
  Above,
  And,
  AtLeast,
  AtMost,
  Below,
  Closing,
  Comma,
  Contains,
  Differs,
  Equals,
  Exists,
  False,
  In,
  Label,
  Name,
  Not,
  NumberLiteral,
  Opening,
  Or,
  QuotedName,
  Text,
  TOKENS,
  True,
} from './tokens.ts';

// What error messages say is expected.
const CONDITION = 'the name of an attribute, "label", "not" or "("';
const VALUE = 'a number, true, false, or text or a date in quotes';
const LABEL = 'a label in quotes';

/** What is asked of an attribute; `negated` means that the opposite is. */
interface Test {
  readonly asked: Omit<NonNullable<FilterRequest['attribute']>, 'name'>;
  readonly negated: boolean;
}

/** Recognises filters such as `price < 50 and not label = "sale"`, and turns them into requests. */
export class WhereGrammar extends EmbeddedActionsParser {
  constructor(errorMessageProvider: IParserErrorMessageProvider) {
    super(TOKENS, { errorMessageProvider });
    this.performSelfAnalysis();
  }

  readonly filter = this.RULE('filter', (): FilterRequest => {
    const filters: FilterRequest[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: Or,
      DEF: () => void filters.push(this.SUBRULE(this.conjunction)),
      ERR_MSG: CONDITION,
    });
    return filters.length === 1 ? filters[0]! : { or: filters };
  });

  private readonly conjunction = this.RULE('conjunction', (): FilterRequest => {
    const filters: FilterRequest[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: And,
      DEF: () => void filters.push(this.SUBRULE(this.condition)),
      ERR_MSG: CONDITION,
    });
    return filters.length === 1 ? filters[0]! : { and: filters };
  });

  private readonly condition = this.RULE('condition', (): FilterRequest => {
    let negated = false;
    this.MANY(() => {
      this.CONSUME(Not);
      negated = !negated;
    });
    const filter = this.OR({
      DEF: [
        { ALT: () => this.SUBRULE(this.group) },
        { ALT: () => this.SUBRULE(this.labels) },
        { ALT: () => this.SUBRULE(this.attribute) },
      ],
      ERR_MSG: CONDITION,
    });
    return negated ? { not: filter } : filter;
  });

  private readonly group = this.RULE('group', (): FilterRequest => {
    this.CONSUME(Opening);
    const filter = this.SUBRULE(this.filter);
    this.CONSUME(Closing);
    return filter;
  });

  private readonly labels = this.RULE('labels', (): FilterRequest => {
    this.CONSUME(Label);
    return this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(Equals);
            return { labels: [this.SUBRULE1(this.labelKey)] };
          },
        },
        {
          ALT: () => {
            this.CONSUME(Differs);
            return { not: { labels: [this.SUBRULE2(this.labelKey)] } };
          },
        },
        {
          ALT: () => {
            this.CONSUME1(In);
            return { labels: this.SUBRULE1(this.labelKeys) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(Not);
            this.CONSUME2(In);
            return { not: { labels: this.SUBRULE2(this.labelKeys) } };
          },
        },
      ],
      ERR_MSG: '"=", "!=", "in" or "not in", which are what labels can be compared with',
    });
  });

  private readonly labelKeys = this.RULE('labelKeys', (): string[] => {
    const keys: string[] = [];
    this.CONSUME(Opening);
    this.AT_LEAST_ONE_SEP({
      SEP: Comma,
      DEF: () => void keys.push(this.SUBRULE(this.labelKey)),
      ERR_MSG: LABEL,
    });
    this.CONSUME(Closing);
    return keys;
  });

  /** Labels are text, but many consist of digits, which then need no quotes. */
  private readonly labelKey = this.RULE('labelKey', (): string =>
    this.OR({
      DEF: [
        { ALT: () => unquoted(this.CONSUME(Text).image) },
        { ALT: () => this.CONSUME(NumberLiteral).image },
      ],
      ERR_MSG: LABEL,
    }),
  );

  private readonly attribute = this.RULE('attribute', (): FilterRequest => {
    const name = this.OR([
      { ALT: () => this.CONSUME(Name).image },
      { ALT: () => this.CONSUME(QuotedName).image.slice(1, -1) },
    ]);
    const { asked, negated } = this.SUBRULE(this.test);
    const filter = { attribute: { name, ...asked } };
    return negated ? { not: filter } : filter;
  });

  private readonly test = this.RULE('test', (): Test =>
    this.OR({
      DEF: [
        { ALT: () => this.SUBRULE(this.comparison) },
        { ALT: () => ({ asked: this.SUBRULE1(this.wordTest), negated: false }) },
        {
          ALT: () => {
            this.CONSUME(Not);
            return { asked: this.SUBRULE2(this.wordTest), negated: true };
          },
        },
      ],
      ERR_MSG: '"=", "!=", "<", "<=", ">", ">=", "in", "contains" or "exists"',
    }),
  );

  private readonly comparison = this.RULE('comparison', (): Test => {
    const { tokenType } = this.OR([
      { ALT: () => this.CONSUME(Equals) },
      { ALT: () => this.CONSUME(Differs) },
      { ALT: () => this.CONSUME(Below) },
      { ALT: () => this.CONSUME(AtMost) },
      { ALT: () => this.CONSUME(Above) },
      { ALT: () => this.CONSUME(AtLeast) },
    ]);
    const value = this.SUBRULE(this.value);
    return { asked: { [FIELDS.get(tokenType) ?? 'eq']: value }, negated: tokenType === Differs };
  });

  /** The tests that are words, and so may follow "not". */
  private readonly wordTest = this.RULE('wordTest', (): Test['asked'] =>
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(In);
            return { in: this.SUBRULE(this.values) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(Contains);
            return { contains: unquoted(this.CONSUME(Text).image) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(Exists);
            return { exists: true };
          },
        },
      ],
      ERR_MSG: '"in", "contains" or "exists"',
    }),
  );

  private readonly values = this.RULE('values', (): RequestedValue[] => {
    const values: RequestedValue[] = [];
    this.CONSUME(Opening);
    this.AT_LEAST_ONE_SEP({
      SEP: Comma,
      DEF: () => void values.push(this.SUBRULE(this.value)),
      ERR_MSG: VALUE,
    });
    this.CONSUME(Closing);
    return values;
  });

  private readonly value = this.RULE('value', (): RequestedValue =>
    this.OR({
      DEF: [
        { ALT: () => unquoted(this.CONSUME(Text).image) },
        { ALT: () => Number(this.CONSUME(NumberLiteral).image) },
        {
          ALT: () => {
            this.CONSUME(True);
            return true;
          },
        },
        {
          ALT: () => {
            this.CONSUME(False);
            return false;
          },
        },
      ],
      ERR_MSG: VALUE,
    }),
  );
}

/** Where a request has the value that an attribute is compared with. */
const FIELDS = new Map<TokenType, 'lt' | 'lte' | 'gt' | 'gte'>([
  [Below, 'lt'],
  [AtMost, 'lte'],
  [Above, 'gt'],
  [AtLeast, 'gte'],
]);

/** Within quotes, a backslash stands before a quote or a backslash that is meant as itself. */
function unquoted(image: string): string {
  return image.slice(1, -1).replace(/\\([^])/g, '$1');
}
