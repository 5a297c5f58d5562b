import { EmbeddedActionsParser, type IParserErrorMessageProvider } from 'chevrotain';
import type { FilterRequest, RequestedValue } from '../../filters/index.ts';
import { noteOffsets, startingAt } from './offsets.ts';
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
  FIELDS,
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
  unquoted,
} from './tokens.ts';

// What error messages say is expected.
const CONDITION = 'the name of an attribute, "label", "not" or "("';
const VALUE = 'a number, true, false, or text or a date in quotes';
const LABEL = 'a label in quotes';

/** What is asked of an attribute; `negated` means that the opposite is. */
interface Test {
  readonly asked: Omit<NonNullable<FilterRequest['attribute']>, 'name'>;
  readonly negated: boolean;
  /** Where its values start in the text. */
  readonly offsets: readonly number[];
}

interface Value {
  readonly value: RequestedValue;
  readonly offset: number;
}

interface Values {
  readonly values: readonly RequestedValue[];
  readonly offsets: readonly number[];
}

/** Recognises filters such as `price < 50 and not label = "sale"`, and turns them into requests. */
export class WhereGrammar extends EmbeddedActionsParser {
  constructor(errorMessageProvider: IParserErrorMessageProvider) {
    super(TOKENS, { errorMessageProvider });
    this.performSelfAnalysis();
  }

  readonly filter = this.RULE('filter', (): FilterRequest => {
    const start = this.LA(1).startOffset;
    const filters: FilterRequest[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: Or,
      DEF: () => void filters.push(this.SUBRULE(this.conjunction)),
      ERR_MSG: CONDITION,
    });
    return filters.length === 1 ? filters[0]! : startingAt(start, { or: filters });
  });

  private readonly conjunction = this.RULE('conjunction', (): FilterRequest => {
    const start = this.LA(1).startOffset;
    const filters: FilterRequest[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: And,
      DEF: () => void filters.push(this.SUBRULE(this.condition)),
      ERR_MSG: CONDITION,
    });
    return filters.length === 1 ? filters[0]! : startingAt(start, { and: filters });
  });

  private readonly condition = this.RULE('condition', (): FilterRequest => {
    const start = this.LA(1).startOffset;
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
    return negated ? startingAt(start, { not: filter }) : filter;
  });

  private readonly group = this.RULE('group', (): FilterRequest => {
    this.CONSUME(Opening);
    const filter = this.SUBRULE(this.filter);
    this.CONSUME(Closing);
    return filter;
  });

  private readonly labels = this.RULE('labels', (): FilterRequest => {
    const start = this.CONSUME(Label).startOffset;
    const filter = this.OR({
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
    return startingAt(start, filter);
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
    const start = this.LA(1).startOffset;
    const name = this.OR([
      { ALT: () => this.CONSUME(Name).image },
      { ALT: () => this.CONSUME(QuotedName).image.slice(1, -1) },
    ]);
    const { asked, negated, offsets } = this.SUBRULE(this.test);
    const attribute = { name, ...asked };
    this.ACTION(() => noteOffsets(attribute, start, ...offsets));
    const filter = startingAt(start, { attribute });
    return negated ? startingAt(start, { not: filter }) : filter;
  });

  private readonly test = this.RULE('test', (): Test =>
    this.OR({
      DEF: [
        { ALT: () => this.SUBRULE(this.comparison) },
        { ALT: () => ({ ...this.SUBRULE1(this.wordTest), negated: false }) },
        {
          ALT: () => {
            this.CONSUME(Not);
            return { ...this.SUBRULE2(this.wordTest), negated: true };
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
    const { value, offset } = this.SUBRULE(this.value);
    const asked = { [FIELDS.get(tokenType) ?? 'eq']: value };
    return { asked, negated: tokenType === Differs, offsets: [offset] };
  });

  /** The tests that are words, and so may follow "not". */
  private readonly wordTest = this.RULE('wordTest', (): Omit<Test, 'negated'> =>
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(In);
            const { values, offsets } = this.SUBRULE(this.values);
            return { asked: { in: values }, offsets };
          },
        },
        {
          ALT: () => {
            this.CONSUME(Contains);
            const { image, startOffset } = this.CONSUME(Text);
            return { asked: { contains: unquoted(image) }, offsets: [startOffset] };
          },
        },
        {
          ALT: () => {
            this.CONSUME(Exists);
            return { asked: { exists: true }, offsets: [] };
          },
        },
      ],
      ERR_MSG: '"in", "contains" or "exists"',
    }),
  );

  private readonly values = this.RULE('values', (): Values => {
    const values: RequestedValue[] = [];
    const offsets: number[] = [];
    this.CONSUME(Opening);
    this.AT_LEAST_ONE_SEP({
      SEP: Comma,
      DEF: () => {
        const { value, offset } = this.SUBRULE(this.value);
        values.push(value);
        offsets.push(offset);
      },
      ERR_MSG: VALUE,
    });
    this.CONSUME(Closing);
    return { values, offsets };
  });

  private readonly value = this.RULE('value', (): Value => {
    const offset = this.LA(1).startOffset;
    const value = this.OR({
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
    });
    return { value, offset };
  });
}
