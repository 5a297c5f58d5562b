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

/** A value that an attribute is compared with. */
export interface ComparedValue {
  readonly op: 'eq' | 'in' | 'gt' | 'gte' | 'lt' | 'lte' | 'contains';
  /** Where the request has it, such as `eq` or `in[2]`. */
  readonly place: string;
  readonly value: RequestedValue;
}

/** The tests that need an order of values. */
export const ORDER = ['gt', 'gte', 'lt', 'lte'] as const;

/** All values in a request, in the order in which they are checked. */
export function comparedValues(request: AttributeRequest): ComparedValue[] {
  const single = (['eq', ...ORDER, 'contains'] as const).flatMap((op) => {
    const value = request[op];
    return value === undefined || value === null ? [] : [{ op, place: op, value }];
  });
  const listed = request.in?.map((value, at) => ({ op: 'in' as const, place: `in[${at}]`, value })) ?? [];
  return [...single, ...listed];
}
