import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Logger, type INestApplicationContext } from '@nestjs/common';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import {
  getOperationAST,
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
  type ValidationRule,
} from 'graphql';
import {
  MessageType,
  parseMessage,
  type ConnectionInitMessage,
  type Context,
  type SubscribePayload,
} from 'graphql-ws';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { badUserInput, formatError, type AppError, type RequestContext } from '../common/index.ts';
import { isHostAllowed, isOriginAllowed } from './host-guard.ts';
import { foreignHost, originRefused, upgradeRefused } from './http.errors.ts';
import { introspectionRules } from './introspection.ts';
import { OperationRegistry } from './operation-registry.ts';
import { QueryLimitsConfig } from './query-limits.config.ts';
import { QueryLimits } from './query-limits.ts';
import { operationUnknown, parseFailed, tooManyOperations, validationFailed } from './query.errors.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { MAX_MESSAGE_BYTES, ServerConfig } from './server.config.ts';

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

/** GraphQL over WebSocket, by the protocol of graphql-ws, under the same limits as over HTTP. */
export class GraphqlSockets {
  private readonly logger = new Logger('WebSocket');
  private readonly schema: GraphQLSchema;
  private readonly limits: QueryLimits;
  private readonly config: ServerConfig;
  private readonly rules: readonly ValidationRule[];
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  private readonly operations = new WeakMap<WebSocket, OperationRegistry>();

  constructor(schema: GraphQLSchema, limits: QueryLimits, config: ServerConfig) {
    this.schema = schema;
    this.limits = limits;
    this.config = config;
    this.rules = [...specifiedRules, ...introspectionRules(config)];
    this.server.on('connection', (socket) => this.track(socket));
    useServer(
      {
        connectionInitWaitTimeout: INIT_TIMEOUT_MS,
        onSubscribe: (context, id, payload) => this.prepare(context, id, payload),
        onNext: (_context, _id, _payload, _args, result) =>
          result.errors && { ...result, errors: result.errors.map((error) => asOverHttp(error)) },
        onComplete: (context, _id, payload) => this.registryOf(context).end(payload),
      },
      this.server,
    );
    this.server.on('connection', (socket) => {
      // graphql-ws would print a stack for every client that breaks the protocol; ws closes the connection.
      socket.removeAllListeners('error');
      socket.on('error', (error) => this.logger.debug(`A WebSocket was closed: ${error.message}`));
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

  /** Opens no further connection, and says goodbye on those that there are. */
  close(): void {
    this.server.close();
    for (const socket of this.server.clients) socket.close(GOING_AWAY, 'The server is shutting down');
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

  private track(socket: WebSocket): void {
    const operations = new OperationRegistry();
    this.operations.set(socket, operations);
    socket.once('close', () => operations.abandon());
    // graphql-ws stops subscriptions only; queries would be carried out to their end.
    socket.on('message', (data: Buffer) => {
      const id = operations.size > 0 ? completedBy(data) : undefined;
      if (id !== undefined) operations.abandon({ id });
    });
  }

  private registryOf({ extra }: SocketContext): OperationRegistry {
    const registry = this.operations.get(extra.socket);
    if (registry === undefined) throw new Error('A WebSocket is not tracked');
    return registry;
  }

  /** What to execute, or what is wrong with it: as over HTTP. */
  private prepare(
    context: SocketContext,
    id: string,
    payload: SubscribePayload,
  ): ExecutionArgs | readonly GraphQLError[] {
    const operations = this.registryOf(context);
    try {
      if (operations.size >= MAX_OPERATIONS) throw tooManyOperations(MAX_OPERATIONS);
      const document = this.parse(payload.query);
      const { schema, limits } = this;
      const refusal = limits.ofDocument(schema, document);
      if (refusal !== undefined) throw refusal;
      const errors = validate(schema, document, this.rules);
      if (errors.length > 0) return errors.map((error) => asOverHttp(error, validationFailed.code));
      const { operationName, variables } = payload;
      const operation = getOperationAST(document, operationName);
      if (operation == null) throw operationUnknown();
      const variableValues = variables ?? {};
      limits.assertOperation(schema, document, operation, variableValues);
      const contextValue: RequestContext = {
        req: context.extra.request,
        signal: operations.begin(payload, id),
      };
      return { schema, document, operationName, variableValues, contextValue };
    } catch (error) {
      return [asOverHttp(error, badUserInput.code)];
    }
  }

  private parse(query: string): DocumentNode {
    try {
      return parse(query, { maxTokens: this.limits.maxTokens });
    } catch (error) {
      throw this.limits.ofParseError(error) ?? asOverHttp(error, parseFailed.code);
    }
  }
}

function isWebSocketUpgrade({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** The WebSockets of an initialised application: its schema, under its limits. */
export function graphqlSocketsOf(app: INestApplicationContext): GraphqlSockets {
  const limits = new QueryLimits(app.get(QueryLimitsConfig));
  return new GraphqlSockets(app.get(GraphQLSchemaHost).schema, limits, app.get(ServerConfig));
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

/** graphql-ws knows nothing of Apollo's error formatting. `code` is for errors of graphql-js itself. */
function asOverHttp(error: unknown, code?: string): GraphQLError {
  const thrown =
    error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });
  const shown = thrown.toJSON();
  const coded = { ...shown, extensions: { code, ...shown.extensions } };
  const { message, extensions } = formatError(coded, thrown);
  const { nodes, source, positions, path } = thrown;
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}
