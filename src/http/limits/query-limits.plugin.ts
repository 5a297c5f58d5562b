import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError, OperationTypeNode, parse, type DocumentNode, type ValidationRule } from 'graphql';
import { AppError, badUserInput, formatError, type RequestContext } from '../../common/index.ts';
import type { OperationQueue } from '../operation-queue.ts';
import { refusalOfAnswer } from './answer-size.ts';
import { subscriptionOverHttp } from './query.errors.ts';
import type { QueryLimits } from './query-limits.ts';

/**
 * Holds every operation over HTTP to the limits, and lets it wait for its turn.
 *
 * Apollo offers no way to refuse a document between parsing and validation. So a refused one is swapped
 * for a tiny one, which `rule` then reports: the standard rules never see the large one, and since the
 * validation fails, Apollo does not remember it as a valid document either.
 */
export class QueryLimitsPlugin implements ApolloServerPlugin<RequestContext> {
  private readonly limits: QueryLimits;
  private readonly refused = new WeakMap<DocumentNode, AppError>();

  private readonly queue: OperationQueue;

  constructor(limits: QueryLimits, queue: OperationQueue) {
    this.limits = limits;
    this.queue = queue;
  }

  /** Must be among Apollo's validation rules. */
  readonly rule: ValidationRule = (context) => {
    const refusal = this.refused.get(context.getDocument());
    if (refusal !== undefined) {
      context.reportError(new GraphQLError(refusal.message, { originalError: refusal }));
    }
    return {};
  };

  async requestDidStart(): ReturnType<NonNullable<ApolloServerPlugin<RequestContext>['requestDidStart']>> {
    const { limits, queue, refused } = this;
    let leave: (() => void) | undefined;
    return {
      async validationDidStart(request) {
        const refusal = limits.ofDocument(request.schema, request.document);
        if (refusal === undefined) return;
        const standIn = parse('{ __typename }', { noLocation: true });
        refused.set(standIn, refusal);
        Object.assign(request, { document: standIn });
      },
      async didResolveOperation({ schema, document, operation, request, contextValue }) {
        if (operation == null) return;
        try {
          if (operation.operation === OperationTypeNode.SUBSCRIPTION) throw subscriptionOverHttp();
          limits.assertOperation(schema, document, operation, request.variables ?? {});
          leave = await queue.enter(contextValue.req.socket, contextValue.signal);
        } catch (error) {
          throw beforeExecution(error);
        }
      },
      async willSendResponse({ response }) {
        leave?.();
        if (response.body.kind !== 'single') return;
        const refusal = refusalOfAnswer(response.body.singleResult);
        if (refusal === undefined) return;
        const error = new GraphQLError(refusal.message, { originalError: refusal });
        response.body.singleResult = { errors: [formatError(error.toJSON(), error)] };
        response.http.status = refusal.status;
      },
    };
  }
}

/** Apollo answers 500 for whatever is thrown before the execution and does not say otherwise. */
function beforeExecution(error: unknown): unknown {
  if (error instanceof AppError) {
    const http = { status: error.status };
    return new GraphQLError(error.message, { originalError: error, extensions: { http } });
  }
  if (error instanceof GraphQLError) {
    const extensions = { code: badUserInput.code, http: { status: 400 } };
    return new GraphQLError(error.message, { nodes: error.nodes, extensions });
  }
  return error;
}
