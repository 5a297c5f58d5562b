import {
  getNamedType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { planArguments, planVariables } from './input-plan.ts';

/** What remains to be done with the values of an object, once its selections have been collected. */
export interface ObjectPlan {
  readonly fields: readonly FieldPlan[];
  /** Has the properties of the answer in their order, so that V8 gives all answers of a plan the same shape. */
  readonly blank: Readonly<Record<string, undefined>>;
}

export interface FieldPlan {
  /** The name in the answer. */
  readonly key: string;
  readonly parent: GraphQLObjectType;
  readonly nodes: readonly FieldNode[];
  /** Undefined for `__typename`. */
  readonly field: GraphQLField<unknown, unknown> | undefined;
  /** Its number among the fields of the whole plan. */
  readonly at: number;
  /** Undefined if it has none. */
  readonly args: ReturnType<typeof planArguments> | undefined;
  readonly value: ValuePlan;
}

/** How to complete a value. Exactly one of `leaf`, `object` and `items` is there. */
export interface ValuePlan {
  readonly isNullable: boolean;
  readonly leaf?: GraphQLLeafType;
  readonly object?: ObjectPlan;
  readonly items?: ValuePlan;
}

export interface QueryPlan {
  readonly variables: ReturnType<typeof planVariables>;
  readonly root: ObjectPlan;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
}

/** A plan takes a few hundred bytes for each. */
const MAX_FIELDS = 500;

/**
 * Collects what a query of a valid document selects, once and for all. Undefined if that depends on variables or on
 * what resolvers return (directives, interfaces, unions), for mutations, introspection and very long queries.
 */
export function planOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): QueryPlan | undefined {
  const query = schema.getQueryType();
  if (operation.operation !== OperationTypeNode.QUERY || query == null) return undefined;
  const planner = new Planner(schema, document);
  const root = planner.object(query, [operation.selectionSet]);
  return root && { variables: planVariables(schema, operation), root, fragments: planner.fragments };
}

class Planner {
  readonly fragments: Record<string, FragmentDefinitionNode> = Object.create(null) as Record<string, never>;
  private readonly schema: GraphQLSchema;
  private count = 0;

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.schema = schema;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments[definition.name.value] = definition;
    }
  }

  object(type: GraphQLObjectType, selections: readonly SelectionSetNode[]): ObjectPlan | undefined {
    if (type.isTypeOf != null) return undefined;
    const selected = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    if (!selections.every((each) => this.collect(type, each, selected, spread))) return undefined;
    const fields: FieldPlan[] = [];
    for (const [key, nodes] of selected) {
      const field = this.field(type, key, nodes);
      if (field === undefined) return undefined;
      fields.push(field);
    }
    return { fields, blank: Object.fromEntries(fields.map(({ key }) => [key, undefined])) };
  }

  /** Adds the fields of a selection set by their names in the answer. False if they cannot be planned. */
  private collect(
    type: GraphQLObjectType,
    { selections }: SelectionSetNode,
    selected: Map<string, FieldNode[]>,
    spread: Set<string>,
  ): boolean {
    return selections.every((node) => {
      if (node.directives !== undefined && node.directives.length > 0) return false;
      if (node.kind === Kind.FIELD) {
        const key = (node.alias ?? node.name).value;
        const others = selected.get(key);
        if (others === undefined) selected.set(key, [node]);
        else others.push(node);
        // Assigning to this property would change the prototype.
        return key !== '__proto__';
      }
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        const name = node.name.value;
        if (spread.has(name)) return true;
        spread.add(name);
      }
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? this.fragments[node.name.value] : node;
      if (fragment === undefined || (fragment.directives?.length ?? 0) > 0) return false;
      const condition = fragment.typeCondition?.name.value;
      return !this.applies(condition, type) || this.collect(type, fragment.selectionSet, selected, spread);
    });
  }

  private applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const conditional = this.schema.getType(condition);
    return isAbstractType(conditional) && this.schema.isSubType(conditional, type);
  }

  private field(parent: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): FieldPlan | undefined {
    const at = this.count;
    this.count += 1;
    const name = nodes[0]!.name.value;
    if (name === '__typename')
      return { key, parent, nodes, field: undefined, at, args: undefined, value: { isNullable: false } };
    const field = parent.getFields()[name];
    if (field === undefined || this.count > MAX_FIELDS) return undefined;
    const value = this.value(field.type, nodes);
    const args = field.args.length === 0 ? undefined : planArguments(field, nodes[0]!);
    return value && { key, parent, nodes, field, at, args, value };
  }

  private value(type: GraphQLOutputType, nodes: readonly FieldNode[]): ValuePlan | undefined {
    if (isNonNullType(type)) {
      const value = this.value(type.ofType, nodes);
      return value && { ...value, isNullable: false };
    }
    if (isListType(type)) {
      const items = this.value(type.ofType, nodes);
      return items && { isNullable: true, items };
    }
    if (isLeafType(type)) return { isNullable: true, leaf: type };
    if (!isObjectType(getNamedType(type))) return undefined;
    const object = this.object(
      type as GraphQLObjectType,
      nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
    );
    return object && { isNullable: true, object };
  }
}
