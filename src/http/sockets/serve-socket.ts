import type { IncomingMessage } from 'node:http';
import type { Logger } from '@nestjs/common';
import { CloseCode, MessageType, stringifyMessage, type Server } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import type { WebSocket } from 'ws';
import type { SocketOutbox } from './socket-outbox.ts';

/** A client that does not answer a ping within this time is gone. */
const KEEP_ALIVE_MS = 12_000;
/** A larger payload of a ping is not sent back. */
const MAX_ECHO_CHARACTERS = 1_000;

/** Connects a WebSocket to the protocol of graphql-ws. */
export function serveSocket(
  server: Server<Extra>,
  { socket, request, outbox }: { socket: WebSocket; request: IncomingMessage; outbox: SocketOutbox },
  logger: Logger,
): void {
  const failed = (error: unknown) => {
    logger.error('A WebSocket failed', error instanceof Error ? error.stack : String(error));
    socket.close(CloseCode.InternalServerError, 'Internal server error');
  };
  // It breaks the protocol or is gone; ws closes the connection.
  socket.on('error', (error) => logger.debug(`A WebSocket was closed: ${error.message}`));
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (message) => outbox.send(message),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (receive) =>
        socket.on('message', (data: Buffer) => void receive(String(data)).catch(failed)),
      onPing: (payload) =>
        outbox.send(stringifyMessage({ type: MessageType.Pong, payload: echoOf(payload) })),
    },
    { socket, request },
  );
  const stopPinging = keepAlive(socket);
  socket.once('close', (code: number, reason: Buffer) => {
    stopPinging();
    closed(code, String(reason)).catch(failed);
  });
}

function echoOf(payload: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  return payload === undefined || JSON.stringify(payload).length > MAX_ECHO_CHARACTERS ? undefined : payload;
}

/** Ends the connection once the client no longer answers. Returns what stops that. */
function keepAlive(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (!answered) socket.terminate();
    else if (socket.readyState === socket.OPEN) {
      answered = false;
      socket.ping();
    }
  }, KEEP_ALIVE_MS);
  return () => clearInterval(timer);
}
