import { describe, expect, it } from '@jest/globals';
import { buildSchema, Kind, parse, type FieldNode, type OperationDefinitionNode } from 'graphql';
import { getArgumentValues, getVariableValues } from 'graphql/execution/values.js';
import { planArguments, planVariables } from './input-plan.ts';

const schema = buildSchema(/* GraphQL */ `
  enum Colour {
    RED
    BLUE
  }
  scalar Anything
  input By @oneOf {
    id: ID
    near: Near
  }
  input Near {
    id: ID!
    weight: Float = 0.5
    colours: [Colour!]
    deeper: Near
  }
  type Query {
    find(by: By, first: Int! = 10, near: Near = { id: "d" }, all: [Near!], any: Anything): Int
    must(id: ID!, colour: Colour = RED): Int
  }
`);

interface Both {
  readonly planned: unknown;
  /** Undefined if there are errors. */
  readonly standard: unknown;
}

function variablesOf(operation: OperationDefinitionNode, given: Record<string, unknown>): Both {
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], given);
  return { planned: planVariables(schema, operation)(given), standard: coerced };
}

function argumentsOf(node: FieldNode, variables: Record<string, unknown>): Both {
  const field = schema.getQueryType()!.getFields()[node.name.value]!;
  let standard: unknown;
  try {
    standard = getArgumentValues(field, node, variables);
  } catch {
    standard = undefined;
  }
  return { planned: planArguments(field, node)(variables), standard };
}

const operationOf = (query: string) =>
  parse(query).definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION) as OperationDefinitionNode;
/** Objects with and without a prototype look the same. */
const plain = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));

const definitions = `$id: ID, $must: ID!, $first: Int = 3, $by: By, $near: Near, $nears: [Near!], $any: Anything`;
const given: Record<string, unknown>[] = [
  { must: 'm' },
  { must: 12, id: null },
  { must: 'm', id: 'i', first: 5, by: { id: 'b' }, near: { id: 'n', colours: 'RED' }, any: { deep: [1] } },
  { must: 'm', id: 'i', first: null, by: null, nears: { id: 'only' } },
  { must: 'm', id: 'i', nears: [{ id: 1, weight: 2, deeper: { id: 'x' } }] },
  { must: 'm', toString: 'not declared' },
];
const invalid: Record<string, unknown>[] = [
  {},
  { must: null },
  { must: {} },
  { must: 'm', first: 'three' },
  { must: 'm', by: {} },
  { must: 'm', by: { id: 'a', near: { id: 'b' } } },
  { must: 'm', near: { weight: 1 } },
  { must: 'm', near: { id: 'n', unknown: 1 } },
  { must: 'm', near: { id: 'n', colours: ['GREEN'] } },
];
const fields = [
  'find',
  'find(by: { id: "a" })',
  'find(by: { id: $id })',
  'find(by: { id: $id, near: null })',
  'find(by: { near: { id: $must, weight: null } })',
  'find(by: { near: { id: $id } })',
  'find(by: $by, first: $first)',
  'find(by: null, first: 1, near: null)',
  'find(near: $near)',
  'find(near: { id: 5, colours: [RED, BLUE], deeper: { id: $must, colours: RED } })',
  'find(near: { id: "n", weight: $weight })',
  'find(near: { weight: 2 })',
  'find(all: $nears)',
  'find(all: [{ id: $id }, $near])',
  'find(all: { id: $must })',
  'find(any: { a: [$id, 1, "two", null] })',
  'find(any: $any)',
  'find(first: null)',
  'find(first: "ten")',
  'must(id: $must)',
  'must(id: $id)',
  'must(id: $id, colour: BLUE)',
  'must(id: 4.5)',
  'must(id: $toString)',
  'must',
];

describe('planned variables', () => {
  const operation = operationOf(`query (${definitions}) { must(id: $must) }`);

  it.each(given)('are those of graphql-js: %j', (values) => {
    const { planned, standard } = variablesOf(operation, values);
    expect(planned).toEqual(standard);
    expect(planned).toBeDefined();
  });

  it.each(invalid)('are undefined where graphql-js has errors: %j', (values) => {
    expect(variablesOf(operation, values)).toEqual({ planned: undefined, standard: undefined });
  });

  it('are left to graphql-js under a name that objects reserve', () => {
    const { planned } = variablesOf(operationOf('query ($__proto__: ID) { must(id: $__proto__) }'), {
      ['__proto__']: 'x',
    });
    expect(planned).toBeUndefined();
  });
});

describe('planned arguments', () => {
  it.each(fields)('are those of graphql-js, for all variables: %s', (field) => {
    const operation = operationOf(`query (${definitions}) { ${field} }`);
    const node = operation.selectionSet.selections[0] as FieldNode;
    for (const values of given) {
      const { planned: variables } = variablesOf(operation, values);
      const { planned, standard } = argumentsOf(node, variables as Record<string, unknown>);
      expect(plain(planned)).toEqual(plain(standard));
    }
  });

  it('are not shared between answers', () => {
    const operation = operationOf('{ find(all: [{ id: "a" }]) }');
    const plan = planArguments(
      schema.getQueryType()!.getFields().find!,
      operation.selectionSet.selections[0] as FieldNode,
    );
    expect(plan({})?.all).not.toBe(plan({})?.all);
  });
});
