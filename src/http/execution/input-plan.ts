import {
  coerceInputValue,
  isInputObjectType,
  isInputType,
  isLeafType,
  isNonNullType,
  Kind,
  typeFromAST,
  valueFromAST,
  type FieldNode,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  type ObjectValueNode,
  type OperationDefinitionNode,
  type ValueNode,
} from 'graphql';

type Values = Record<string, unknown>;

/** Puts the value of an input into place. False if it has none that its type allows. */
type Fill = (into: Values, variables: Values) => boolean;

/** The value of a literal, with the given variables. Undefined if it has none that its type allows. */
type ValueOf = (variables: Values) => unknown;

/** An input of a field or an object: an argument, or a field of an input object. */
interface Input {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly defaultValue?: unknown;
}

/**
 * Coerces the variables of an operation as graphql-js does, but looks at their types only once. Undefined if one
 * of them is not what its type allows.
 */
export function planVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): (given: Readonly<Values>) => Values | undefined {
  const fills = variableDefinitions.map(({ variable, type: typeNode, defaultValue }) => {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode);
    // Assigning to this property would change the prototype.
    if (!isInputType(type) || name === '__proto__') return () => false;
    const isRequired = isNonNullType(type);
    return (into: Values, given: Readonly<Values>): boolean => {
      if (!Object.hasOwn(given, name)) {
        if (defaultValue !== undefined) into[name] = valueFromAST(defaultValue, type);
        return defaultValue !== undefined || !isRequired;
      }
      const value = given[name];
      if (value === null && isRequired) return false;
      let isValid = true;
      into[name] = coerceInputValue(value, type, () => (isValid = false));
      return isValid;
    };
  });
  return (given) => {
    const values: Values = {};
    return fills.every((fill) => fill(values, given)) ? values : undefined;
  };
}

/**
 * Coerces the arguments of a field as graphql-js does, but looks at their types and literals only once. Undefined if one
 * of them is not what its type allows.
 */
export function planArguments(
  { args }: Pick<GraphQLField<unknown, unknown>, 'args'>,
  { arguments: nodes = [] }: FieldNode,
): (variables: Values) => Values | undefined {
  const fill = fillOf(args, new Map(nodes.map(({ name, value }) => [name.value, value])));
  return (variables) => {
    const values: Values = {};
    return fill(values, variables) ? values : undefined;
  };
}

function fillOf(inputs: readonly Input[], nodes: ReadonlyMap<string, ValueNode>): Fill {
  const fills = inputs.flatMap((input) => fillOfOne(input, nodes.get(input.name)) ?? []);
  return (into, variables) => {
    for (const fill of fills) if (!fill(into, variables)) return false;
    return true;
  };
}

/** Undefined if nothing has to be filled in. */
function fillOfOne({ name, type, defaultValue }: Input, node: ValueNode | undefined): Fill | undefined {
  const isRequired = isNonNullType(type);
  if (node === undefined) {
    if (defaultValue !== undefined) return (into) => setTo(into, name, defaultValue);
    return isRequired ? () => false : undefined;
  }
  const variable = node.kind === Kind.VARIABLE ? node.name.value : undefined;
  const valueOf = planValue(node, type);
  return (into, variables) => {
    // A variable that is not given is as if nothing were written there.
    if (
      variable !== undefined &&
      (!Object.hasOwn(variables, variable) || variables[variable] === undefined)
    ) {
      return defaultValue === undefined ? !isRequired : setTo(into, name, defaultValue);
    }
    const value = valueOf(variables);
    return value !== undefined && !(value === null && isRequired) && setTo(into, name, value);
  };
}

function setTo(into: Values, name: string, value: unknown): true {
  into[name] = value;
  return true;
}

function planValue(node: ValueNode, type: GraphQLInputType): ValueOf {
  const nullable = isNonNullType(type) ? type.ofType : type;
  if (node.kind === Kind.VARIABLE) return (variables) => variables[node.name.value];
  if (node.kind === Kind.OBJECT && isInputObjectType(nullable)) {
    return planObject(node, Object.values(nullable.getFields()), nullable.isOneOf);
  }
  if (isLeafType(nullable) && node.kind !== Kind.OBJECT && node.kind !== Kind.LIST) {
    const value: unknown = valueFromAST(node, type);
    // Others, such as dates, might be changed by who gets them.
    if (typeof value !== 'object') return () => value;
  }
  return (variables) => valueFromAST(node, type, variables);
}

function planObject({ fields }: ObjectValueNode, inputs: readonly Input[], isOneOf: boolean): ValueOf {
  const fill = fillOf(inputs, new Map(fields.map(({ name, value }) => [name.value, value])));
  return (variables) => {
    const values: Values = {};
    if (!fill(values, variables)) return undefined;
    if (!isOneOf) return values;
    const [only, ...others] = Object.values(values);
    return only === null || only === undefined || others.length > 0 ? undefined : values;
  };
}
