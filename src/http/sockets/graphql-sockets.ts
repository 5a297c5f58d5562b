import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Logger, type INestApplicationContext } from '@nestjs/common';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import {
  execute,
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
  type ValidationRule,
} from 'graphql';
import {
  handleProtocols,
  makeServer,
  MessageType,
  parseMessage,
  type ConnectionInitMessage,
  type Context,
  type SubscribePayload,
} from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { badUserInput, formatError, type AppError, type RequestContext } from '../../common/index.ts';
import { isHostAllowed, isOriginAllowed } from '../host-guard.ts';
import { foreignHost, originRefused, upgradeRefused } from '../http.errors.ts';
import { introspectionRules, withoutHints } from '../introspection.ts';
import { OperationQueue } from '../operation-queue.ts';
import { OperationRegistry } from './operation-registry.ts';
import { refusalOfAnswer } from '../limits/answer-size.ts';
import { QueryLimitsConfig } from '../limits/query-limits.config.ts';
import { QueryLimits } from '../limits/query-limits.ts';
import {
  operationUnknown,
  parseFailed,
  tooManyOperations,
  validationFailed,
} from '../limits/query.errors.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { serveSocket } from './serve-socket.ts';
import { MAX_MESSAGE_BYTES, ServerConfig } from '../server.config.ts';
import { SocketOutbox } from './socket-outbox.ts';

const PATH = '/graphql';
/** A client that has connected must say so in the protocol within this time. */
const INIT_TIMEOUT_MS = 3_000;
const MAX_OPERATIONS = 20;
/** A message that cancels an operation holds little but its id. */
const MAX_COMPLETE_BYTES = 1_000;
const GOING_AWAY = 1001;

/** Node asks this since 22.21 and 24.9; earlier ones treat every `Upgrade` header as an upgrade. */
type UpgradableServer = Server & { shouldUpgradeCallback?: (request: IncomingMessage) => boolean };

type SocketContext = Context<ConnectionInitMessage['payload'], Extra>;

/** What is known of one WebSocket. */
interface Connection {
  readonly operations: OperationRegistry;
  readonly outbox: SocketOutbox;
}

/** GraphQL over WebSocket, by the protocol of graphql-ws, under the same limits as over HTTP. */
export class GraphqlSockets {
  private readonly logger = new Logger('WebSocket');
  private readonly schema: GraphQLSchema;
  private readonly limits: QueryLimits;
  private readonly config: ServerConfig;
  private readonly rules: readonly ValidationRule[];
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    autoPong: false,
    handleProtocols,
  });
  private readonly queue: OperationQueue;
  /** What gives up the place of an operation in the queue. */
  private readonly places = new WeakMap<RequestContext, () => void>();
  private readonly connections = new WeakMap<WebSocket, Connection>();

  constructor(schema: GraphQLSchema, limits: QueryLimits, queue: OperationQueue, config: ServerConfig) {
    this.schema = schema;
    this.limits = limits;
    this.queue = queue;
    this.config = config;
    this.rules = [...specifiedRules, ...introspectionRules(config)];
    const protocol = makeServer<ConnectionInitMessage['payload'], Extra>({
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      onSubscribe: (context, id, payload) => this.prepare(context, id, payload),
      execute: (operation) => this.execute(operation),
      onNext: (_context, _id, _payload, _args, result) => this.presentable(result),
      onComplete: (context, _id, payload) => this.connectionOf(context).operations.end(payload),
    });
    this.server.on('connection', (socket, request) => {
      const { outbox } = this.track(socket);
      serveSocket(protocol, { socket, request, outbox }, this.logger);
    });
  }

  /** Takes over all upgrades of the server: those that are none of ours are refused and closed. */
  attach(server: Server): void {
    // Java's HTTP client offers to upgrade to HTTP/2 in every request, and expects a plain answer.
    (server as UpgradableServer).shouldUpgradeCallback = isWebSocketUpgrade;
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const refusal = this.refusalOf(request);
      if (refusal !== undefined) {
        refuseUpgrade(socket, refusal);
        return;
      }
      this.server.handleUpgrade(request, socket, head, (webSocket) => {
        this.server.emit('connection', webSocket, request);
      });
    });
  }

  /** Opens no further connection, says goodbye on the open ones, and stops their operations. */
  close(): void {
    this.server.close();
    for (const socket of this.server.clients) {
      socket.close(GOING_AWAY, 'The server is shutting down');
      this.connections.get(socket)?.operations.abandon();
    }
  }

  /** Ends the connections whose clients have not answered the goodbye. */
  terminate(): void {
    for (const socket of this.server.clients) socket.terminate();
  }

  private refusalOf({ headers, url }: IncomingMessage): AppError | undefined {
    const path = URL.parse(url ?? '', 'http://localhost')?.pathname;
    if (!isWebSocketUpgrade({ headers }) || path !== PATH) return upgradeRefused();
    if (!isHostAllowed(headers.host, this.config)) return foreignHost();
    return isOriginAllowed(headers.origin, headers.host, this.config) ? undefined : originRefused();
  }

  private track(socket: WebSocket): Connection {
    const operations = new OperationRegistry();
    const connection = { operations, outbox: new SocketOutbox(socket) };
    this.connections.set(socket, connection);
    socket.once('close', () => operations.abandon());
    // graphql-ws stops subscriptions only; queries would be carried out to their end.
    socket.on('message', (data: Buffer) => {
      const id = operations.size > 0 ? completedBy(data) : undefined;
      if (id !== undefined) operations.abandon({ id });
    });
    return connection;
  }

  private connectionOf({ extra }: SocketContext): Connection {
    const connection = this.connections.get(extra.socket);
    if (connection === undefined) throw new Error('A WebSocket is not tracked');
    return connection;
  }

  /** What to execute once it is the operation's turn, or what is wrong with it: as over HTTP. */
  private async prepare(
    context: SocketContext,
    id: string,
    payload: SubscribePayload,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const { operations, outbox } = this.connectionOf(context);
    try {
      if (operations.size >= MAX_OPERATIONS) throw tooManyOperations(MAX_OPERATIONS);
      const document = this.parse(payload.query);
      const { schema, limits } = this;
      const refusal = limits.ofDocument(schema, document);
      if (refusal !== undefined) throw refusal;
      const errors = validate(schema, document, this.rules);
      if (errors.length > 0) return errors.map((error) => this.asOverHttp(error, validationFailed.code));
      const { operationName, variables } = payload;
      const operation = getOperationAST(document, operationName);
      if (operation == null) throw operationUnknown();
      const variableValues = variables ?? {};
      limits.assertOperation(schema, document, operation, variableValues);
      const signal = operations.begin(payload, id);
      const contextValue: RequestContext = { req: context.extra.request, signal };
      await outbox.room();
      // A subscription lasts, and does little.
      if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
        this.places.set(contextValue, await this.queue.enter(context.extra.socket, signal));
      }
      return { schema, document, operationName, variableValues, contextValue };
    } catch (error) {
      operations.end(payload);
      return [this.asOverHttp(error, badUserInput.code)];
    }
  }

  /** The place in the queue is free once the operation has ended, however slowly the client reads the answer. */
  private async execute(operation: ExecutionArgs): Promise<ExecutionResult> {
    try {
      return await execute(operation);
    } finally {
      this.places.get(operation.contextValue as RequestContext)?.();
    }
  }

  /** The answer as over HTTP; undefined if it is so already. */
  private presentable(result: ExecutionResult): ExecutionResult | undefined {
    const refusal = refusalOfAnswer(result);
    if (refusal !== undefined) return { errors: [this.asOverHttp(refusal)] };
    return result.errors && { ...result, errors: result.errors.map((error) => this.asOverHttp(error)) };
  }

  private parse(query: string): DocumentNode {
    try {
      return parse(query, { maxTokens: this.limits.maxTokens });
    } catch (error) {
      throw this.limits.ofParseError(error) ?? this.asOverHttp(error, parseFailed.code);
    }
  }

  /** graphql-ws knows nothing of Apollo's error formatting. `code` is for errors of graphql-js itself. */
  private asOverHttp(error: unknown, code?: string): GraphQLError {
    const thrown =
      error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });
    const shown = thrown.toJSON();
    const coded = { ...shown, extensions: { code, ...shown.extensions } };
    const { message, extensions } = withoutHints(formatError(coded, thrown), this.config);
    const { nodes, source, positions, path } = thrown;
    return new GraphQLError(message, { nodes, source, positions, path, extensions });
  }
}

function isWebSocketUpgrade({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** The WebSockets of an initialised application: its schema, under its limits. */
export function graphqlSocketsOf(app: INestApplicationContext): GraphqlSockets {
  const limits = new QueryLimits(app.get(QueryLimitsConfig));
  return new GraphqlSockets(
    app.get(GraphQLSchemaHost).schema,
    limits,
    app.get(OperationQueue),
    app.get(ServerConfig),
  );
}

/** The id of the operation that a message cancels. Messages that are none are for graphql-ws to judge. */
function completedBy(data: Buffer): string | undefined {
  if (data.length > MAX_COMPLETE_BYTES) return undefined;
  try {
    const message = parseMessage(String(data));
    return message.type === MessageType.Complete ? message.id : undefined;
  } catch {
    return undefined;
  }
}
