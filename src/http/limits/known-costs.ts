import { Kind, type DocumentNode, type OperationDefinitionNode } from 'graphql';

type Variables = Readonly<Record<string, unknown>>;

/** Types whose values decide neither the length of a list nor whether a field is included. */
const WITHOUT_EFFECT = new Set(['ID', 'String', 'Upload']);
/** How many costs are remembered of one document. */
const MAX_COSTS = 100;

/** Remembers what operations cost while the server remembers their documents: computing it takes as long as a search. */
export class KnownCosts {
  private readonly costs = new WeakMap<DocumentNode, Map<string, number>>();

  /** The cost of the operation; `compute` is asked if it is not known. Undefined is not remembered. */
  costOf(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Variables,
    compute: () => number | undefined,
  ): number | undefined {
    const key = keyOf(operation, variables);
    if (key === undefined) return compute();
    const known = this.costs.get(document);
    const cost = known?.get(key) ?? compute();
    if (cost === undefined || known?.has(key)) return cost;
    if (known === undefined || known.size >= MAX_COSTS) this.costs.set(document, new Map([[key, cost]]));
    else known.set(key, cost);
    return cost;
  }
}

/** What the cost of an operation depends on; undefined if that is too much to remember. */
function keyOf(operation: OperationDefinitionNode, variables: Variables): string | undefined {
  const parts: unknown[] = [operation.name?.value];
  for (const { variable, type } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const named = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
    if (named.kind === Kind.NAMED_TYPE && WITHOUT_EFFECT.has(named.name.value)) continue;
    const value = variables[name];
    if (typeof value === 'object' && value !== null) return undefined;
    if (typeof value === 'string' && value.length > 100) return undefined;
    parts.push(name, value === undefined ? 'absent' : [value]);
  }
  return JSON.stringify(parts);
}
