import { AttributeType } from './attribute.ts';
import type { AttributeTest, Range } from './filter.ts';
import {
  ORDER,
  type AttributeRequest,
  type ComparedValue,
  type RequestedValue,
} from './attribute-request.ts';
import { parseDate } from './parse-date.ts';

/** A value that cannot be compared with the attribute, in any dataset that has it. */
export interface TypeMismatch {
  /** Where the filter has it, such as `filter.and[1].attribute.eq`. */
  readonly place: string;
  readonly attribute: string;
  /** Continues "the attribute is". */
  readonly problem: string;
  /** The first of the datasets, and the attribute's type there. */
  readonly datasetId: number;
  readonly type: AttributeType;
}

/** Why a value cannot be compared with an attribute of a type, continuing "the attribute is"; undefined if it can. */
export function mismatch({ op, value }: ComparedValue, type: AttributeType): string | undefined {
  const isText = type === AttributeType.STRING || type === AttributeType.STRINGS;
  if (op === 'contains' && !isText) return `of type ${type}, and "contains" needs STRING or STRINGS`;
  const hasOrder = type !== AttributeType.BOOLEAN && type !== AttributeType.STRINGS;
  if (ORDER.some((one) => one === op) && !hasOrder) return `of type ${type}, which has no order`;
  return typed(value, type) === undefined ? WANTED[type] : undefined;
}

/** What a request asks of an attribute of a type, apart from `exists: false`. None of its values is a mismatch. */
export function typedTests(request: AttributeRequest, type: AttributeType): AttributeTest[] {
  const tests: AttributeTest[] = [];
  const values = (some: readonly RequestedValue[]) => some.map((value) => typed(value, type)!);
  const { eq, in: any, contains, exists } = request;
  if (eq !== undefined && eq !== null) tests.push({ op: 'in', values: values([eq]) });
  if (any !== undefined && any !== null) tests.push({ op: 'in', values: values(any) });
  const bounds = ORDER.flatMap((op) => {
    const bound = request[op];
    return bound === undefined || bound === null ? [] : [[op, typed(bound, type)] as const];
  });
  if (bounds.length > 0) tests.push({ op: 'range', ...(Object.fromEntries(bounds) as Range) });
  if (contains !== undefined && contains !== null) {
    const isList = type === AttributeType.STRINGS;
    tests.push(isList ? { op: 'in', values: [contains] } : { op: 'contains', text: contains });
  }
  if (exists === true) tests.push({ op: 'exists' });
  return tests;
}

function typed(value: RequestedValue, type: AttributeType): string | number | boolean | Date | undefined {
  switch (type) {
    case AttributeType.STRING:
    case AttributeType.STRINGS:
      return typeof value === 'string' ? value : undefined;
    case AttributeType.NUMBER:
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    case AttributeType.BOOLEAN:
      return typeof value === 'boolean' ? value : undefined;
    case AttributeType.DATE:
      return typeof value === 'string' ? parseDate(value) : undefined;
  }
}

const WANTED = {
  [AttributeType.STRING]: 'text, so write a string',
  [AttributeType.STRINGS]: 'a list of strings, so write a string',
  [AttributeType.NUMBER]: 'a number, so write a number',
  [AttributeType.BOOLEAN]: 'true or false, so write one of these',
  [AttributeType.DATE]: 'a date, so write it as in "2026-11-28" or "2026-11-28T09:00:00Z"',
} as const;
