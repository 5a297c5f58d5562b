import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import type { RequestedValue } from '../../../filters/index.ts';

/** A value as clients write it. */
export type GivenValue = RequestedValue | readonly string[];

export const AttributeValueScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'AttributeValue',
  description:
    'The value of an attribute: a string, a number, true or false, or a list of strings. ' +
    'Dates are strings as in "2026-11-28" or "2026-11-28T09:00:00Z".',
  serialize: (value) => (value instanceof Date ? value.toISOString() : value),
  parseValue: checked,
  parseLiteral: (node) => checked(valueOf(node)),
});

function checked(value: unknown): GivenValue {
  if (!isGivenValue(value)) {
    throw new GraphQLError(
      'The value of an attribute is a string, a number, true or false, or a list of strings.',
    );
  }
  return value;
}

function isGivenValue(value: unknown): value is GivenValue {
  if (typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function valueOf(node: ValueNode): unknown {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map(valueOf);
    case Kind.NULL:
    case Kind.ENUM:
    case Kind.OBJECT:
    case Kind.VARIABLE:
      return undefined;
  }
}
