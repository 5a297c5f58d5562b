import type { AttributeType } from './attribute.ts';
import { comparedValues, type AttributeRequest, type ComparedValue } from './attribute-request.ts';
import { allOf, type AttributeTest, type Filter } from './filter.ts';
import { attributeUnknown, filterInvalid } from './filters.errors.ts';
import { mismatch, typedTests, type TypeMismatch } from './typed-tests.ts';

/** A filter as a client writes it: exactly one of the fields, in every part. Dates are ISO 8601 strings. */
export interface FilterRequest {
  readonly and?: readonly FilterRequest[] | null;
  readonly or?: readonly FilterRequest[] | null;
  readonly not?: FilterRequest | null;
  readonly labels?: readonly string[] | null;
  readonly attribute?: AttributeRequest | null;
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

type Types = ReadonlyMap<string, AttributeType>;

/**
 * Checks a filter and gives its values the types that the attributes have in each dataset. If a dataset lacks an
 * attribute, or has it with a type that the filter does not fit, no image of the dataset passes the test. If that is
 * so for every dataset, the filter is a mistake: the first such value is returned as `mismatch`.
 *
 * `types` are those of the attributes of each dataset. `near` suggests names for an attribute that is unknown.
 * Throws `FILTER_INVALID` or `ATTRIBUTE_UNKNOWN`.
 */
export function resolveFilter(
  request: FilterRequest,
  types: ReadonlyMap<number, Types>,
  near: (name: string) => readonly string[] = () => [],
): { filters: Map<number, Filter>; mismatch?: TypeMismatch } {
  const filters = new Map<number, Filter>();
  const outcomes = new Map<string, Outcome>();
  for (const [datasetId, own] of types) {
    filters.set(datasetId, new Resolution(datasetId, own, outcomes).filter(request, 'filter', 1));
  }
  for (const { attribute, fits, mismatch } of outcomes.values()) {
    if (fits) continue;
    if (mismatch === undefined) throw attributeUnknown(attribute, near(attribute));
    return { filters, mismatch };
  }
  return { filters };
}

const KINDS = ['and', 'or', 'not', 'labels', 'attribute'] as const;
const NOTHING: Filter = { kind: 'or', filters: [] };

/** What has become of one test of an attribute in the datasets so far. */
interface Outcome {
  readonly attribute: string;
  fits: boolean;
  mismatch?: TypeMismatch;
}

class Resolution {
  private readonly datasetId: number;
  private readonly types: Types;
  private readonly outcomes: Map<string, Outcome>;
  private parts = 0;
  private values = 0;
  private characters = 0;

  constructor(datasetId: number, types: Types, outcomes: Map<string, Outcome>) {
    this.datasetId = datasetId;
    this.types = types;
    this.outcomes = outcomes;
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
    const { name, exists } = request;
    const values = comparedValues(request);
    for (const { place: inside, value } of values) {
      this.count(1, `${place}.${inside}`);
      if (typeof value === 'string') this.text(value, `${place}.${inside}`);
    }
    const hasTests = values.length > 0 || isGiven(request.in);
    if (!hasTests && !isGiven(exists)) {
      throw filterInvalid(place, 'give at least one of eq, in, gt, gte, lt, lte, exists, contains');
    }
    if (hasTests && exists === false) {
      throw filterInvalid(place, 'what does not exist passes no other test, so give "exists: false" alone');
    }

    const type = this.types.get(name);
    const isFitting = this.note(name, type, values, place);
    if (type === undefined || !isFitting)
      return exists === false ? { kind: 'not', filter: NOTHING } : NOTHING;
    const onAttribute = (test: AttributeTest): Filter => ({ kind: 'attribute', name, type, test });
    if (exists === false) return { kind: 'not', filter: onAttribute({ op: 'exists' }) };
    return allOf(...typedTests(request, type).map(onAttribute));
  }

  /** Whether the values can be compared with the attribute here, which is noted for the verdict on all datasets. */
  private note(
    attribute: string,
    type: AttributeType | undefined,
    values: readonly ComparedValue[],
    place: string,
  ): boolean {
    const outcome = this.outcomes.get(place) ?? { attribute, fits: false };
    this.outcomes.set(place, outcome);
    if (type === undefined) return false;
    for (const value of values) {
      const problem = mismatch(value, type);
      if (problem === undefined) continue;
      const { datasetId } = this;
      outcome.mismatch ??= { place: `${place}.${value.place}`, attribute, problem, datasetId, type };
      return false;
    }
    outcome.fits = true;
    return true;
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

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
