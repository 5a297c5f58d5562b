import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import {
  GraphQLError,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValidationRule,
} from 'graphql';
import { AppError } from '../../common/index.ts';
import { KnownCosts } from './known-costs.ts';
import { deepVariableIn, longListIn } from './variable-limits.ts';
import { costOf } from './query-cost.ts';
import type { QueryLimitsConfig } from './query-limits.config.ts';
import {
  listTooLong,
  queryTooCostly,
  queryTooDeep,
  queryTooManyAliases,
  queryTooManyRootFields,
  queryTooManyTokens,
  uploadReused,
  variableTooDeep,
} from './query.errors.ts';
import { maxRootFieldsRule } from './root-fields.rule.ts';
import { reusesUpload } from './upload-uses.ts';

/**
 * The number of items in any list among the variables; a list in the document itself is bounded by its tokens.
 * SQLite binds no more than 32,766 values in a statement.
 */
const MAX_LIST_LENGTH = 10_000;
/** Levels of lists and objects in a variable. The deepest filter has about 20; graphql-js coerces by recursion. */
const MAX_VARIABLE_DEPTH = 32;

/** What a GraphQL document may ask for, over HTTP and WebSocket alike. */
export class QueryLimits {
  private readonly config: QueryLimitsConfig;
  private readonly rules: readonly ValidationRule[];
  private readonly known = new KnownCosts();

  constructor(config: QueryLimitsConfig) {
    this.config = config;
    const throwing = (error: (max: number) => AppError, max: number) => (): never => {
      throw error(max);
    };
    const { QUERY_MAX_DEPTH: depth, QUERY_MAX_ALIASES: aliases, QUERY_MAX_ROOT_FIELDS: rootFields } = config;
    this.rules = [
      maxDepthRule({ n: depth, flattenFragments: true, onReject: [throwing(queryTooDeep, depth)] }),
      maxAliasesRule({ n: aliases, onReject: [throwing(queryTooManyAliases, aliases)] }),
      maxRootFieldsRule(rootFields, throwing(queryTooManyRootFields, rootFields)),
    ];
  }

  /** For `parse`. */
  get maxTokens(): number {
    return this.config.QUERY_MAX_TOKENS;
  }

  /** The refusal that an error of `parse` stands for, unless it is about the syntax. */
  ofParseError(error: unknown): AppError | undefined {
    const isLimit = error instanceof GraphQLError && /contains more tha[nt] \d+ tokens/.test(error.message);
    return isLimit ? queryTooManyTokens(this.maxTokens) : undefined;
  }

  /**
   * `QUERY_TOO_DEEP`, `QUERY_TOO_MANY_ALIASES` or `QUERY_TOO_MANY_ROOT_FIELDS`, if the document is one of these.
   * To be asked before the standard validation, whose time grows with the square of some documents.
   */
  ofDocument(schema: GraphQLSchema, document: DocumentNode): AppError | undefined {
    try {
      validate(schema, document, this.rules);
      return undefined;
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  }

  /** For a valid document: throws `VARIABLE_TOO_DEEP`, `LIST_TOO_LONG`, `UPLOAD_REUSED` or `QUERY_TOO_COSTLY`, before any field is resolved. */
  assertOperation(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
  ): void {
    const deep = deepVariableIn(variables, MAX_VARIABLE_DEPTH);
    if (deep !== undefined) throw variableTooDeep(deep, MAX_VARIABLE_DEPTH);
    const list = longListIn(variables, MAX_LIST_LENGTH);
    if (list !== undefined) throw listTooLong(list.name, list.length, MAX_LIST_LENGTH);
    if (reusesUpload(schema, document, operation, variables)) throw uploadReused();
    const max = this.config.QUERY_MAX_COST;
    const cost = this.known.costOf(document, operation, variables, () =>
      costOf(schema, document, operation, variables),
    );
    if ((cost ?? 0) > max) throw queryTooCostly(max);
  }
}
