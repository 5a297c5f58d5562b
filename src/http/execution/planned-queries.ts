import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { planOf, type QueryPlan } from './query-plan.ts';
import { runPlan } from './run-plan.ts';

/** Plans of 500 fields take about 150 kB each. */
const MAX_PLANS = 200;

/** The parts of an operation that decide what it answers. */
export interface PlannableOperation {
  readonly schema: GraphQLSchema;
  /** Valid. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the client has sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly contextValue: object;
}

/**
 * Carries out queries that are asked again and again, in less time than graphql-js takes: that collects the
 * fields and looks at their types and arguments again for each object of each answer.
 */
export class PlannedQueries {
  private readonly plans = new LRUCache<OperationDefinitionNode, { readonly plan: QueryPlan | undefined }>({
    max: MAX_PLANS,
  });

  /**
   * Resolves with the data of the answer. Resolves with undefined if graphql-js has to answer, since there is no plan
   * for the operation, or since the answer has errors.
   */
  async answer({
    schema,
    document,
    operation,
    variables,
    contextValue,
  }: PlannableOperation): Promise<Record<string, unknown> | undefined> {
    let known = this.plans.get(operation);
    if (known === undefined) {
      known = { plan: planOf(schema, document, operation) };
      this.plans.set(operation, known);
    }
    const { plan } = known;
    if (plan === undefined) return undefined;
    const variableValues = plan.variables(variables);
    if (variableValues === undefined) return undefined;
    return runPlan(plan, { schema, operation, variableValues, contextValue });
  }
}
