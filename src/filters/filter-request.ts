import { AttributeType } from './attribute.ts';
import { allOf, type AttributeTest, type Filter, type Range } from './filter.ts';
import { attributeUnknown, filterInvalid } from './filters.errors.ts';

/** A filter as a client writes it: exactly one of the fields, in every part. Dates are ISO 8601 strings. */
export interface FilterRequest {
  readonly and?: readonly FilterRequest[] | null;
  readonly or?: readonly FilterRequest[] | null;
  readonly not?: FilterRequest | null;
  readonly labels?: readonly string[] | null;
  readonly attribute?: AttributeRequest | null;
}

export type RequestedValue = string | number | boolean;

/** All the tests that are given must pass. */
export interface AttributeRequest {
  readonly name: string;
  readonly eq?: RequestedValue | null;
  readonly in?: readonly RequestedValue[] | null;
  readonly gt?: RequestedValue | null;
  readonly gte?: RequestedValue | null;
  readonly lt?: RequestedValue | null;
  readonly lte?: RequestedValue | null;
  readonly exists?: boolean | null;
  readonly contains?: string | null;
}

export const FILTER_LIMITS = {
  /** Parts within parts. */
  depth: 8,
  /** Parts altogether. */
  parts: 100,
  /** Labels and values altogether. */
  values: 1_000,
  /** Characters of a value. */
  characters: 1_024,
  /** Characters of all labels and values together. */
  charactersAltogether: 65_536,
} as const;

/**
 * Checks a filter and gives its values the types of the attributes. `near` suggests names for one that is unknown.
 *
 * Throws `FILTER_INVALID` or `ATTRIBUTE_UNKNOWN`.
 */
export function resolveFilter(
  request: FilterRequest,
  types: ReadonlyMap<string, AttributeType>,
  near: (name: string) => readonly string[] = () => [],
): Filter {
  return new Resolution(types, near).filter(request, 'filter', 1);
}

const KINDS = ['and', 'or', 'not', 'labels', 'attribute'] as const;

class Resolution {
  private readonly types: ReadonlyMap<string, AttributeType>;
  private readonly near: (name: string) => readonly string[];
  private parts = 0;
  private values = 0;
  private characters = 0;

  constructor(types: ReadonlyMap<string, AttributeType>, near: (name: string) => readonly string[]) {
    this.types = types;
    this.near = near;
  }

  filter(request: FilterRequest, place: string, depth: number): Filter {
    if (depth > FILTER_LIMITS.depth)
      throw filterInvalid(place, `it is more than ${FILTER_LIMITS.depth} levels deep`);
    if (++this.parts > FILTER_LIMITS.parts) {
      throw filterInvalid(place, `it has more than ${FILTER_LIMITS.parts} parts`);
    }
    const [kind, ...others] = KINDS.filter((one) => request[one] !== undefined && request[one] !== null);
    if (kind === undefined || others.length > 0) {
      throw filterInvalid(place, `name exactly one of ${KINDS.join(', ')}`);
    }
    const inside = `${place}.${kind}`;
    switch (kind) {
      case 'and':
      case 'or':
        return {
          kind,
          filters: request[kind]!.map((one, at) => this.filter(one, `${inside}[${at}]`, depth + 1)),
        };
      case 'not':
        return { kind, filter: this.filter(request.not!, inside, depth + 1) };
      case 'labels':
        this.count(request.labels!.length, inside);
        return { kind, labels: request.labels!.map((label) => this.text(label, inside)) };
      case 'attribute':
        return this.attribute(request.attribute!, inside);
    }
  }

  private attribute(request: AttributeRequest, place: string): Filter {
    const { name } = request;
    const type = this.types.get(name);
    if (type === undefined) throw attributeUnknown(name, this.near(name));
    const tests = this.tests(request, type, place);
    const filters = tests.map((test): Filter => ({ kind: 'attribute', name, type, test }));
    if (request.exists === false) {
      filters.push({ kind: 'not', filter: { kind: 'attribute', name, type, test: { op: 'exists' } } });
    }
    if (filters.length === 0) {
      throw filterInvalid(place, 'give at least one of eq, in, gt, gte, lt, lte, exists, contains');
    }
    return allOf(...filters);
  }

  private tests(request: AttributeRequest, type: AttributeType, place: string): AttributeTest[] {
    const tests: AttributeTest[] = [];
    const { eq, in: any, exists, contains } = request;
    if (eq !== undefined && eq !== null)
      tests.push({ op: 'in', values: [this.value(eq, type, `${place}.eq`)] });
    if (any !== undefined && any !== null) {
      tests.push({ op: 'in', values: any.map((one) => this.value(one, type, `${place}.in`)) });
    }
    const range = this.range(request, type, place);
    if (range !== undefined) tests.push({ op: 'range', ...range });
    if (contains !== undefined && contains !== null)
      tests.push(this.containing(contains, type, `${place}.contains`));
    if (exists === true) tests.push({ op: 'exists' });
    return tests;
  }

  private containing(text: string, type: AttributeType, place: string): AttributeTest {
    this.count(1, place);
    if (type === AttributeType.STRINGS) return { op: 'in', values: [this.text(text, place)] };
    if (type === AttributeType.STRING) return { op: 'contains', text: this.text(text, place) };
    throw filterInvalid(place, `it needs an attribute of strings, and this one is ${type}`);
  }

  private range(request: AttributeRequest, type: AttributeType, place: string): Range | undefined {
    const bounds: Record<string, string | number | Date> = {};
    for (const op of ['gt', 'gte', 'lt', 'lte'] as const) {
      const bound = request[op];
      if (bound === undefined || bound === null) continue;
      const inside = `${place}.${op}`;
      if (type === AttributeType.BOOLEAN || type === AttributeType.STRINGS) {
        throw filterInvalid(inside, `values of type ${type} have no order`);
      }
      bounds[op] = this.value(bound, type, inside) as string | number | Date;
    }
    return Object.keys(bounds).length === 0 ? undefined : bounds;
  }

  private value(value: RequestedValue, type: AttributeType, place: string): string | number | boolean | Date {
    this.count(1, place);
    switch (type) {
      case AttributeType.STRING:
      case AttributeType.STRINGS:
        if (typeof value === 'string') return this.text(value, place);
        break;
      case AttributeType.NUMBER:
        if (typeof value === 'number' && Number.isFinite(value)) return value;
        break;
      case AttributeType.BOOLEAN:
        if (typeof value === 'boolean') return value;
        break;
      case AttributeType.DATE: {
        const date = typeof value === 'string' ? parseDate(value) : undefined;
        if (date !== undefined) return date;
        break;
      }
    }
    throw filterInvalid(place, `the attribute is ${WANTED[type]}`);
  }

  private text(text: string, place: string): string {
    if (text.length > FILTER_LIMITS.characters) {
      throw filterInvalid(place, `a value has more than ${FILTER_LIMITS.characters} characters`);
    }
    this.characters += text.length;
    if (this.characters > FILTER_LIMITS.charactersAltogether) {
      throw filterInvalid(
        place,
        `its labels and values have more than ${FILTER_LIMITS.charactersAltogether} characters altogether`,
      );
    }
    return text;
  }

  private count(values: number, place: string): void {
    this.values += values;
    if (this.values > FILTER_LIMITS.values) {
      throw filterInvalid(place, `it has more than ${FILTER_LIMITS.values} labels and values`);
    }
  }
}

const WANTED = {
  [AttributeType.STRING]: 'text, so write a string',
  [AttributeType.STRINGS]: 'a list of strings, so write a string',
  [AttributeType.NUMBER]: 'a number, so write a number',
  [AttributeType.BOOLEAN]: 'true or false',
  [AttributeType.DATE]: 'a date, so write it as in "2026-11-28" or "2026-11-28T09:00:00Z"',
} as const;

/** A date of the calendar, or a time with its zone, as in ISO 8601. */
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** The time that a date in ISO 8601 names; a date alone is midnight UTC. Undefined if it is none. */
export function parseDate(text: string): Date | undefined {
  if (!DATE.test(text)) return undefined;
  const date = new Date(text);
  const isReal =
    !Number.isNaN(date.getTime()) &&
    new Date(`${text.slice(0, 10)}T00:00:00Z`).toISOString().startsWith(text.slice(0, 10));
  return isReal ? date : undefined;
}
