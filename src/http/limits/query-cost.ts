import {
  getNullableType,
  getVariableValues,
  GraphQLError,
  isListType,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { DEFAULT_PAGE } from '../../common/index.ts';
import { fieldExtensionsEstimator, getComplexity, type ComplexityEstimator } from 'graphql-query-complexity';

/** Assumed length of a list that no argument bounds, such as the labels of an image. */
const UNBOUNDED_LIST = 3;
/** No field returns a longer list. One that is asked to refuses it with a better reason than the cost. */
const LONGEST_LIST = 1_000;
/** Lists that are as long as `first` or `last` of the field around them says. */
const SIZED_ABOVE = new Set(['edges', 'nodes']);
/** Fragments that unfold to more fields than these are not counted to the end. */
const MAX_FIELDS = 10_000;
const MAX_VARIABLE_ERRORS = 10;

const byListLength: ComplexityEstimator = ({ args, childComplexity, field }) => {
  const isPage = field.args.some(({ name }) => name === 'first');
  const length: unknown = args.first ?? args.last ?? (isPage ? DEFAULT_PAGE : undefined);
  if (typeof length === 'number') return 1 + Math.min(Math.max(length, 1), LONGEST_LIST) * childComplexity;
  const isUnbounded = isListType(getNullableType(field.type)) && !SIZED_ABOVE.has(field.name);
  return 1 + (isUnbounded ? UNBOUNDED_LIST : 1) * childComplexity;
};

/**
 * How many values an operation of a valid document may return, at most: its fields times the lengths
 * of the lists around them. Infinity if its fragments unfold to more fields than can be counted.
 *
 * Undefined if the variables do not fit, so that the operation will fail before any field is resolved.
 * Throws a `GraphQLError` if an argument does not fit.
 */
export function costOf(
  schema: GraphQLSchema,
  query: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): number | undefined {
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, {
    maxErrors: MAX_VARIABLE_ERRORS,
  });
  if (errors !== undefined) return undefined;
  try {
    return getComplexity({
      schema,
      query,
      variables,
      context: {},
      operationName: operation.name?.value,
      estimators: [fieldExtensionsEstimator(), byListLength],
      maxQueryNodes: MAX_FIELDS,
    });
  } catch (error) {
    if (error instanceof GraphQLError && error.message.includes('maximum allowed number of nodes')) {
      return Infinity;
    }
    throw error;
  }
}
