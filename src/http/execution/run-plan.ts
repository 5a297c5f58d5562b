import type { GraphQLLeafType, GraphQLResolveInfo, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { FieldPlan, ObjectPlan, QueryPlan, ValuePlan } from './query-plan.ts';

type Path = GraphQLResolveInfo['path'];
type Answer = Record<string, unknown>;

export interface PlannedRun {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  /** Coerced. */
  readonly variableValues: Record<string, unknown>;
  readonly contextValue: object;
}

const NO_ARGUMENTS: Record<string, unknown> = Object.freeze({});

/** Something that a plan has no answer for. Says nothing: graphql-js finds it again, and finds the words for it. */
const IRREGULAR = new Error('A value is not what its type promises');

/** What the resolvers of `Query` have returned, by their names in the answer. */
const resolved = new WeakMap<object, Map<string | number, unknown>>();

/**
 * Whether the field of `Query` has been resolved for this operation, and with what. graphql-js asks when it carries
 * out what a plan could not, so that nothing is searched for twice.
 */
export function alreadyResolved(
  context: object,
  { path }: GraphQLResolveInfo,
): { readonly value: unknown } | undefined {
  if (path.prev !== undefined) return undefined;
  const values = resolved.get(context);
  return values?.has(path.key) === true ? { value: values.get(path.key) } : undefined;
}

/**
 * Carries out a query as graphql-js does, and resolves with the data of the answer. Resolves with undefined as soon as
 * anything is thrown or is not what its type promises: where errors go, and what becomes null for them, is left to
 * graphql-js.
 */
export async function runPlan(plan: QueryPlan, run: PlannedRun): Promise<Answer | undefined> {
  const operation = new PlannedOperation(plan, run);
  try {
    const answer = operation.object(plan.root, undefined, undefined);
    await operation.settled();
    if (!operation.isIrregular) return answer;
  } catch {
    // graphql-js throws it again.
  }
  resolved.set(run.contextValue, operation.roots);
  return undefined;
}

class PlannedOperation {
  isIrregular = false;
  /** What the fields of `Query` have returned. */
  readonly roots = new Map<string | number, unknown>();
  private readonly plan: QueryPlan;
  private readonly run: PlannedRun;
  /** By the numbers of the fields. The same for all objects of a list. */
  private readonly args: (Record<string, unknown> | undefined)[] = [];
  private pending: Promise<void>[] = [];

  constructor(plan: QueryPlan, run: PlannedRun) {
    this.plan = plan;
    this.run = run;
  }

  object(plan: ObjectPlan, source: unknown, path: Path | undefined): Answer {
    const answer: Answer = { ...plan.blank };
    for (const field of plan.fields) this.field(field, source, path, answer);
    return answer;
  }

  /** Resolves once no promise is left, or something was irregular. */
  async settled(): Promise<void> {
    while (this.pending.length > 0 && !this.isIrregular) {
      const { pending } = this;
      this.pending = [];
      await (pending.length === 1 ? pending[0] : Promise.all(pending));
    }
  }

  private field(plan: FieldPlan, source: unknown, parent: Path | undefined, answer: Answer): void {
    const { key, field } = plan;
    if (field === undefined) {
      answer[key] = plan.parent.name;
      return;
    }
    if (field.resolve === undefined) {
      const value =
        typeof source === 'object' && source !== null ? (source as Answer)[field.name] : undefined;
      // Most fields are like this, and need no path.
      if (plan.value.leaf !== undefined && typeof value !== 'function' && !isPromise(value)) {
        answer[key] = completeLeaf(plan.value, plan.value.leaf, value);
        return;
      }
      const path: Path = { prev: parent, key, typename: plan.parent.name };
      this.put(
        plan.value,
        typeof value === 'function' ? this.call(value, source, plan, path) : value,
        path,
        answer,
        key,
      );
      return;
    }
    const path: Path = { prev: parent, key, typename: plan.parent.name };
    const value = field.resolve(source, this.argsOf(plan), this.run.contextValue, this.info(plan, path));
    if (parent === undefined) this.roots.set(key, value);
    this.put(plan.value, value, path, answer, key);
  }

  /** The value of a property that is a function. */
  private call(method: object, source: unknown, plan: FieldPlan, path: Path): unknown {
    const { contextValue } = this.run;
    return (method as Method).call(source, this.argsOf(plan), contextValue, this.info(plan, path));
  }

  /** Puts a completed value into its place in the answer, once it is there. */
  private put(
    plan: ValuePlan,
    value: unknown,
    path: Path,
    into: Answer | unknown[],
    key: string | number,
  ): void {
    const place = into as Record<string | number, unknown>;
    if (!isPromise(value)) {
      place[key] = this.complete(plan, value, path);
      return;
    }
    this.pending.push(
      value
        .then((awaited) => {
          if (!this.isIrregular) place[key] = this.complete(plan, awaited, path);
        })
        .then(undefined, () => {
          this.isIrregular = true;
        }),
    );
  }

  private complete(plan: ValuePlan, value: unknown, path: Path): unknown {
    if (plan.leaf !== undefined) return completeLeaf(plan, plan.leaf, value);
    if (value === null || value === undefined) return nullOf(plan);
    if (value instanceof Error) throw IRREGULAR;
    return plan.object === undefined
      ? this.list(plan.items!, value, path)
      : this.object(plan.object, value, path);
  }

  private list(plan: ValuePlan, values: unknown, path: Path): unknown[] {
    if (typeof values !== 'object' || !(Symbol.iterator in values!)) throw IRREGULAR;
    const items = Array.isArray(values)
      ? (values as readonly unknown[])
      : Array.from(values as Iterable<unknown>);
    const answer = new Array<unknown>(items.length);
    for (let at = 0; at < answer.length; at += 1) {
      this.put(plan, items[at], { prev: path, key: at, typename: undefined }, answer, at);
    }
    return answer;
  }

  private argsOf({ args, at }: FieldPlan): Record<string, unknown> {
    if (args === undefined) return NO_ARGUMENTS;
    const values = (this.args[at] ??= args(this.run.variableValues));
    if (values === undefined) throw IRREGULAR;
    return values;
  }

  private info({ field, nodes, parent }: FieldPlan, path: Path): GraphQLResolveInfo {
    const { schema, operation, variableValues } = this.run;
    return {
      fieldName: field!.name,
      fieldNodes: nodes,
      returnType: field!.type,
      parentType: parent,
      path,
      schema,
      fragments: this.plan.fragments,
      rootValue: undefined,
      operation,
      variableValues,
    };
  }
}

type Method = (args: object, context: object, info: GraphQLResolveInfo) => unknown;

function completeLeaf({ isNullable }: ValuePlan, type: GraphQLLeafType, value: unknown): unknown {
  if (value === null || value === undefined) return nullOf({ isNullable });
  if (value instanceof Error) throw IRREGULAR;
  const serialised: unknown = type.serialize(value);
  if (serialised === null || serialised === undefined) throw IRREGULAR;
  return serialised;
}

function nullOf({ isNullable }: Pick<ValuePlan, 'isNullable'>): null {
  if (isNullable) return null;
  throw IRREGULAR;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
